import type { IpPrefix } from '../../../../wire/address.ts';
import type { PlannedNodes } from '../../nodePlan.ts';

/** What the agent makes of its configuration when it starts. */
export interface AgentOptions {
  /** Services are the agent's, and not kube-proxy's. */
  readonly replacesKubeProxy: boolean;
  /** Who masquerades, if anybody does. */
  readonly masquerade: 'iptables' | 'bpf' | undefined;
  /** BPF host routing: past netfilter. */
  readonly hostRouting: boolean;
  readonly endpointRoutes: boolean;
  readonly autoDirectNodeRoutes: boolean;
  /** ipv4-native-routing-cidr; undefined: the node's own range. */
  readonly nativeRoutingCidr: IpPrefix | undefined;
  /** Of the devices. */
  readonly mtu: number;
  /** What it logs about settings that it does not follow. */
  readonly warnings: readonly string[];
}

const FALLBACK = 'Falling back to legacy host routing (enable-host-legacy-routing=true).';

/**
 * cilium-config, and what follows from it (pkg/kpr/initializer, daemon/cmd/daemon.go): BPF host routing needs the agent in
 * kube-proxy's stead and masquerading by eBPF, or none. Where nobody has written a cilium-config, the agent is taken to have been
 * installed for what it is to do: with eBPF for Services, with all else by eBPF as well; without a tunnel, with routes to the nodes
 * of its subnet.
 */
export function agentOptions({ objects, settings, nicMtu }: PlannedNodes, tunnel: boolean): AgentOptions {
  const { cilium, kubeProxy, podCidr } = objects.network;
  const replacesKubeProxy = (settings.proxyMode ?? kubeProxy.mode) === 'ebpf';
  const warnings: string[] = [];
  const masquerades = cilium?.ipv4Masquerade ?? true;
  const wanted = masquerades && (cilium?.bpfMasquerade ?? replacesKubeProxy);
  if (wanted && !replacesKubeProxy) {
    warnings.push(
      'BPF masquerade requires NodePort (--enable-node-port="true"). Falling back to iptables-based masquerading.',
    );
  }
  const byBpf = wanted && replacesKubeProxy;
  const masquerade = masquerades ? (byBpf ? 'bpf' : 'iptables') : undefined;
  const legacy = cilium?.hostLegacyRouting ?? false;
  // nobody asked for anything else where there is no cilium-config
  if (!legacy && !replacesKubeProxy && cilium)
    warnings.push(`BPF host routing requires kube-proxy-replacement. ${FALLBACK}`);
  else if (!legacy && replacesKubeProxy && masquerade === 'iptables') {
    warnings.push(`BPF host routing requires enable-bpf-masquerade. ${FALLBACK}`);
  }
  const nativeRoutingCidr = cilium ? cilium.nativeRoutingCidr : tunnel ? undefined : podCidr;
  if (!tunnel && masquerades && !nativeRoutingCidr) {
    warnings.push(
      'native routing cidr must be configured with option --ipv4-native-routing-cidr in combination with --enable-ipv4=true ' +
        '--enable-ipv4-masquerade=true --enable-ip-masq-agent=false --routing-mode=native: the agent does not start without; ' +
        'shown as if it were the range of each node.',
    );
  }
  return {
    replacesKubeProxy,
    masquerade,
    hostRouting: !legacy && replacesKubeProxy && masquerade !== 'iptables',
    endpointRoutes: cilium?.endpointRoutes ?? false,
    autoDirectNodeRoutes: !tunnel && (cilium?.autoDirectNodeRoutes ?? true),
    nativeRoutingCidr,
    mtu: settings.podMtu === 'auto' ? (cilium?.mtu ?? nicMtu) : settings.podMtu,
    warnings: warnings.map((text) => `cilium-agent: ${text}`),
  };
}
