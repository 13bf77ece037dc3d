import { sha256Base32 } from '../digest.ts';

/** Names of kube-proxy's chains for one service port (pkg/proxy/iptables/proxier.go, portProtoHash). */
export interface ServiceChainNames {
  readonly cluster: string;
  readonly local: string;
  readonly external: string;
  readonly firewall: string;
}

/** @param servicePort `namespace/name`, with `:port` behind when the port has a name. @param protocol in lower case. */
export function serviceChainNames(servicePort: string, protocol: string): ServiceChainNames {
  const hash = shortHash(servicePort + protocol);
  return {
    cluster: `KUBE-SVC-${hash}`,
    local: `KUBE-SVL-${hash}`,
    external: `KUBE-EXT-${hash}`,
    firewall: `KUBE-FW-${hash}`,
  };
}

/** @param endpoint `ip:port`, with brackets around an IPv6 address. */
export function endpointChainName(servicePort: string, protocol: string, endpoint: string): string {
  return `KUBE-SEP-${shortHash(servicePort + protocol + endpoint)}`;
}

function shortHash(text: string): string {
  return sha256Base32(text).slice(0, 16);
}
