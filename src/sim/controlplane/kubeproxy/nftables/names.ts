import { sha256Base32 } from '../../digest.ts';

/** Longest name of a chain or set that nftables takes (knftables.NameLengthMax), without the longest prefix used here. */
const NAME_BASE_MAX = 256 - 16;

/**
 * What the names of one service port's chains end in: `HASH-namespace/service/protocol/port` (pkg/proxy/nftables/proxier.go,
 * servicePortChainNameBase).
 *
 * @param servicePort `namespace/name`, with `:port` behind when the port has a name. @param protocol in lower case.
 */
export function serviceNameBase(servicePort: string, protocol: string): string {
  return hashed(servicePath(servicePort, protocol));
}

/** What an endpoint's names end in: the service's path, `__address/port`, with dots for colons. */
export function endpointNameBase(servicePort: string, protocol: string, address: string, port: number): string {
  return hashed(`${servicePath(servicePort, protocol)}__${address.replaceAll(':', '.')}/${port}`);
}

/** `namespace/service/protocol/port`; the port's name may be empty. */
export function servicePath(servicePort: string, protocol: string): string {
  const colon = servicePort.indexOf(':');
  const service = colon < 0 ? servicePort : servicePort.slice(0, colon);
  return `${service}/${protocol}/${colon < 0 ? '' : servicePort.slice(colon + 1)}`;
}

/** The path in a name, behind prefix and hash; undefined when the name is none of these or was cut. */
export function pathOf(name: string): string | undefined {
  return name.endsWith('...') ? undefined : /^[a-z]+-[A-Z2-7]{8}-(.+)$/.exec(name)?.[1];
}

function hashed(path: string): string {
  const name = `${sha256Base32(path).slice(0, 8)}-${path}`;
  return name.length > NAME_BASE_MAX ? `${name.slice(0, NAME_BASE_MAX - 3)}...` : name;
}
