import type { DropReason } from '../../../datamodel/flow/dropReason.ts';
import { type Route, routeDevices } from '../../../datamodel/network/tables.ts';
import type { IpAddress } from '../../../wire/address.ts';
import { ipv4ToNumber } from '../../../wire/address.ts';
import type { Kernel } from '../kernel.ts';
import { eitherSysctl, largerSysctl } from './sysctl.ts';

export type SourceValidity =
  /** `onLink`: the sender is a direct neighbour on the device. Only looked up where it matters. */
  | { readonly ok: true; readonly onLink: boolean }
  | { readonly ok: false; readonly reason: DropReason; readonly because: string };

const STRICT = 1;

/**
 * Whether a packet with this source may come in by the device: reverse path filter, and no impostors of this host
 * (Linux: net/ipv4/fib_frontend.c, fib_validate_source).
 *
 * @param outputDevice the device the packet would leave by, when it is to be forwarded.
 * @param destination of the packet: the source of whatever would go back.
 */
export function validateSource(
  kernel: Kernel,
  source: IpAddress,
  device: string,
  outputDevice: string | undefined,
  destination?: IpAddress,
): SourceValidity {
  if (ipv4ToNumber(source) === 0) return { ok: true, onLink: false };
  const filter = largerSysctl(kernel, device, 'rp_filter');
  const back = kernel.fib.lookup({ destination: source, source: destination, inputDevice: outputDevice });
  const acceptLocal = eitherSysctl(kernel, device, 'accept_local');
  if (back?.route.type === 'local' && !acceptLocal) {
    return { ok: false, reason: 'IP_LOCAL_SOURCE', because: `${source} is an address of this host itself` };
  }
  const short = filter === 0 && (device !== outputDevice || !eitherSysctl(kernel, device, 'send_redirects'));
  if (short) return { ok: true, onLink: false };
  const isBack = back?.route.type === 'unicast' || (back?.route.type === 'local' && acceptLocal);
  if (back?.result === undefined || !isBack) {
    return filter === 0 ? { ok: true, onLink: false } : filtered(source, device, 'there is no route back to it');
  }
  if (routeDevices(back.route).includes(device)) return { ok: true, onLink: isDirect(back.route) };
  if (filter === STRICT) return filtered(source, device, `the route back to it leaves by ${back.result.dev}`);
  const byDevice = kernel.fib.lookup({ destination: source, source: destination, outputDevice: device });
  return { ok: true, onLink: byDevice?.route.type === 'unicast' && isDirect(byDevice.route) };
}

function isDirect({ via, nexthops }: Route): boolean {
  return via === undefined && nexthops === undefined;
}

function filtered(source: IpAddress, device: string, why: string): SourceValidity {
  return { ok: false, reason: 'IP_RPFILTER', because: `${source} came in by ${device}, but ${why} (rp_filter)` };
}
