import { addressBits, familyOf, formatPrefix, type IpPrefix } from '../../../../wire/address.ts';
import type { Namespace } from '../node/namespace.ts';
import { PluginFailure } from '../spec/cniError.ts';
import type { CniResult, CniRoute } from '../spec/cniResult.ts';
import { quote } from '../spec/quote.ts';

/** A route that a plugin is about to write. */
export interface IpamRoute extends CniRoute {
  /** The bridge plugin's own default route: its mask is that of an IPv4 address within IPv6, and is printed so. */
  readonly mappedMask?: boolean;
}

/** Puts addresses and routes on a sandbox's interface and sets it up (pkg/ipam/ipam_linux.go, ConfigureIface). */
export function configureInterface(
  sandbox: Namespace,
  ifName: string,
  ips: CniResult['ips'],
  routes: readonly IpamRoute[],
): void {
  for (const { address } of ips) {
    tell(`failed to add IP addr ${formatPrefix(address)} to ${quote(ifName)}`, () =>
      sandbox.addAddress(ifName, address),
    );
  }
  sandbox.replaceLink(ifName, (link) => ({ ...link, up: true }));
  for (const route of routes) {
    const { destination } = route;
    const family = familyOf(destination.address);
    const own = ips.find(({ address, gateway }) => gateway !== undefined && familyOf(address.address) === family);
    const gateway = route.gateway ?? own?.gateway;
    const text = `'${destinationText(route)} via ${gateway ?? '<nil>'} dev ${ifName}'`;
    tell(`failed to add route ${text}`, () => sandbox.addRoute(destination, gateway, ifName));
  }
}

function tell(what: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    if (error instanceof PluginFailure) throw new PluginFailure(`${what}: ${error.message}`);
    throw error;
  }
}

/** net.IPNet as Go's %v writes it: `{10.244.0.0 ffff0000}`. */
function destinationText({ destination, mappedMask }: IpamRoute): string {
  if (mappedMask) {
    const mapped = familyOf(destination.address) === 'IPv4' ? '00000000000000000000ffff00000000' : '0'.repeat(32);
    return `{${destination.address} ${mapped}}`;
  }
  return `{${destination.address} ${maskText(destination)}}`;
}

/** net.IPMask in hex. */
export function maskText({ address, length }: IpPrefix): string {
  const bits = addressBits(familyOf(address));
  const ones = (1n << BigInt(length)) - 1n;
  return (ones << BigInt(bits - length)).toString(16).padStart(bits / 4, '0');
}
