import { chance } from '../../../../base/chance.ts';
import {
  ANY_NODE,
  type EndpointMaps,
  type NatBackend,
  type NatFrontend,
} from '../../../../datamodel/network/ebpfEndpoint.ts';
import type { TransportName } from '../../../../datamodel/network/netfilter.ts';
import { type IpAddress, prefixContains } from '../../../../wire/address.ts';
import { choose } from '../../choice.ts';
import type { Kernel, SocketEnd } from '../../kernel.ts';
import { drawNumber } from '../../netfilter/draws.ts';
import { dropEntry, entryOf, putEntry } from '../state.ts';
import { endpointRoute } from './routes.ts';

const SECOND = 1_000_000_000;

export interface NatQuery {
  readonly source: IpAddress;
  readonly destination: SocketEnd;
  readonly protocol: TransportName;
  /** It may be another node's NodePort that is meant: the packet or call comes from this node. */
  readonly anyNode: boolean;
  /** Another node has sent it on: only backends here will do. */
  readonly fromTunnel: boolean;
  /** It comes from outside the node, where the traffic policies differ by who asks. */
  readonly fromDevice: boolean;
  /** Tells flows apart that chance is to decide for. */
  readonly flow: string;
}

export type NatAnswer =
  | { readonly type: 'backend'; readonly frontend: NatFrontend; readonly ordinal: number; readonly backend: NatBackend }
  | { readonly type: 'noBackend'; readonly frontend: NatFrontend }
  | { readonly type: 'forbidden'; readonly frontend: NatFrontend };

/**
 * The backend of a service (Felix: bpf-gpl/nat_lookup.h, calico_nat_lookup).
 *
 * @param counts the lookups that it took.
 * @returns undefined where no service is asked for.
 */
export function natLookup(
  kernel: Kernel,
  { nat, routes }: EndpointMaps,
  query: NatQuery,
  counts: { lookups: number },
): NatAnswer | undefined {
  const frontend = frontendOf(nat, routes, query, counts);
  if (!frontend) return undefined;
  const { source } = query;
  if (frontend.sources && !frontend.sources.some((range) => prefixContains(range, source))) {
    return { type: 'forbidden', frontend };
  }
  const count = countFor(frontend, routes, query, counts);
  if (count === 0) return { type: 'noBackend', frontend };
  const known = frontend.affinitySeconds > 0 ? remembered(kernel, nat, frontend, query, counts) : undefined;
  if (known) return { type: 'backend', frontend, ...known };
  const ordinal = pickOrdinal(kernel, nat, frontend, count, query.flow);
  counts.lookups++;
  const backend = nat.backends.get(`${frontend.service} ${ordinal}`);
  if (!backend) return { type: 'noBackend', frontend };
  if (frontend.affinitySeconds > 0) remember(kernel, frontend, query, backend);
  return { type: 'backend', frontend, ordinal, backend };
}

/** The id of a frontend. */
export function natFrontendId({ address, port }: SocketEnd, protocol: TransportName): string {
  return `${address}:${port}/${protocol.toUpperCase()}`;
}

function frontendOf(
  { frontends }: EndpointMaps['nat'],
  routes: EndpointMaps['routes'],
  { destination, protocol, anyNode, fromTunnel }: NatQuery,
  counts: { lookups: number },
): NatFrontend | undefined {
  counts.lookups++;
  const exact = frontends.get(natFrontendId(destination, protocol));
  if (exact) return exact;
  if (!anyNode && !fromTunnel) return undefined;
  counts.lookups++;
  const route = endpointRoute(routes, destination.address);
  // Nodes may have more addresses than others know: the one that sent it on took it for a NodePort.
  if (route ? route.of !== 'host' : !fromTunnel) return undefined;
  counts.lookups++;
  return frontends.get(natFrontendId({ address: ANY_NODE, port: destination.port }, protocol));
}

function countFor(
  { count, local, internalLocal, externalLocal }: NatFrontend,
  routes: EndpointMaps['routes'],
  { source, fromTunnel, fromDevice }: NatQuery,
  counts: { lookups: number },
): number {
  if (fromTunnel) return local;
  if (!internalLocal && !externalLocal) return count;
  if (fromDevice) counts.lookups++;
  const isInside = !fromDevice || endpointRoute(routes, source)?.of !== undefined;
  return (isInside ? internalLocal : externalLocal) ? local : count;
}

function pickOrdinal(
  kernel: Kernel,
  { backends }: EndpointMaps['nat'],
  { service, id }: NatFrontend,
  count: number,
  flow: string,
): number {
  const { world } = kernel;
  const scripted = choose(world, new Array<number>(count).fill(1));
  if (scripted !== undefined) return scripted;
  const { pick } = world;
  if (pick) {
    for (let i = 0; i < count; i++) {
      const backend = backends.get(`${service} ${i}`);
      if (backend?.address === pick.address && backend.port === pick.port) return i;
    }
  }
  return chance(world.seed, 'backend', kernel.id, id, flow, drawNumber(kernel, `backend ${id} ${flow}`)) % count;
}

function affinityId({ id }: NatFrontend, { source }: NatQuery): string {
  return `affinity ${id} ${source}`;
}

function remembered(
  kernel: Kernel,
  { backends }: EndpointMaps['nat'],
  frontend: NatFrontend,
  query: NatQuery,
  counts: { lookups: number },
): { readonly ordinal: number; readonly backend: NatBackend } | undefined {
  counts.lookups++;
  const id = affinityId(frontend, query);
  const entry = entryOf(kernel, 'affinity', id);
  if (!entry) return undefined;
  // The agent takes out entries whose backends are gone.
  for (let ordinal = 0; ordinal < frontend.count; ordinal++) {
    const backend = backends.get(`${frontend.service} ${ordinal}`);
    if (backend?.address === entry.backend.address && backend.port === entry.backend.port) return { ordinal, backend };
  }
  dropEntry(kernel, id);
  return undefined;
}

function remember(kernel: Kernel, frontend: NatFrontend, query: NatQuery, backend: NatBackend): void {
  const { now } = kernel.world.queue;
  putEntry(kernel, {
    type: 'affinity',
    id: affinityId(frontend, query),
    reverseNat: frontend.service,
    client: query.source,
    backend: { address: backend.address, port: backend.port },
    lastUsed: now,
    expires: now + frontend.affinitySeconds * SECOND,
  });
}
