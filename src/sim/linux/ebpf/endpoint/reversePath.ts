import { fibLookup } from '../fibLookup.ts';
import type { EndpointRun } from './endpointRun.ts';
import { isLocalWorkload, routeOf } from './routes.ts';

export interface Way {
  readonly ok: boolean;
  /** To be remembered for the connection. */
  readonly device?: string;
  /** What was remembered holds no longer. */
  readonly forget?: true;
}

/**
 * Whether a packet of a known connection came in by a device that it may come by (Felix: bpf-gpl/conntrack.h, rpf.h).
 *
 * @param own where packets of its direction came in until now. @param other where the other direction's do.
 * @returns undefined when nothing is new.
 */
export function cameRightWay(run: EndpointRun, own: string | undefined, other: string | undefined): Way | undefined {
  const { name } = run.link;
  if (own === name) return undefined;
  const isSame = own === undefined && other === name;
  if (isSame || run.at.role === 'natVeth' || run.at.role === 'loopback') return { ok: true, device: name };
  if (run.at.fromWorkload) return isOwnAddress(run) ? { ok: true, device: name } : { ok: false, forget: true };
  const back = wayBack(run);
  if (back === undefined) return { ok: false, forget: true };
  return back === name ? { ok: true, device: name } : { ok: true, forget: true };
}

/** Whether a Pod sends under its own address. */
export function isOwnAddress(run: EndpointRun): boolean {
  const route = routeOf(run, run.paths.routes, run.packet.tuple.source);
  return isLocalWorkload(route) && route?.device?.name === run.link.name;
}

/** `bpfEnforceRPF: Loose`, the default: by some way whoever sent it can be answered. */
export function canBeAnswered(run: EndpointRun): boolean {
  return wayBack(run) !== undefined;
}

/** The device by which an answer would leave; its length does not matter. */
function wayBack(run: EndpointRun): string | undefined {
  const { source: destination, destination: source } = run.packet.tuple;
  const found = fibLookup(run, { source, destination });
  return 'route' in found ? found.route.dev : undefined;
}
