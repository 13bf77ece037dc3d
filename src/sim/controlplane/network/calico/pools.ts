import type { CniBackend } from '../../../../datamodel/cluster/command.ts';
import type {
  CalicoConfig,
  CalicoPool,
  Encapsulate,
  NetworkConfig,
} from '../../../../datamodel/kubernetes/networkConfig.ts';

/** How pools of a backend are reached. */
type Modes = Pick<CalicoPool, 'ipip' | 'vxlan'>;

const MODES: readonly (readonly [CniBackend, Modes])[] = [
  ['calico-bgp', { ipip: 'Never', vxlan: 'Never' }],
  ['calico-ipip', { ipip: 'Always', vxlan: 'Never' }],
  ['calico-ipip-crosssubnet', { ipip: 'CrossSubnet', vxlan: 'Never' }],
  ['calico-vxlan', { ipip: 'Never', vxlan: 'Always' }],
  ['calico-vxlan-crosssubnet', { ipip: 'Never', vxlan: 'CrossSubnet' }],
];

/** By its pools a backend of its own data plane's is any of these. */
const EBPF: CniBackend = 'calico-ebpf';

export const CALICO_BACKENDS: readonly CniBackend[] = [...MODES.map(([name]) => name), EBPF];

/** The name of what pools amount to: by the first one that Pods get addresses from. */
export function backendOf(pools: readonly CalicoPool[], isEbpf = false): CniBackend {
  if (isEbpf) return EBPF;
  const pool = pools.find(({ disabled }) => !disabled) ?? pools[0];
  const found = MODES.find(([, { ipip, vxlan }]) => pool?.ipip === ipip && pool.vxlan === vxlan);
  return found?.[0] ?? 'calico-bgp';
}

/** What Calico is told for a backend: as in the manifests if that is what they set up, else with all pools turned to it. */
export function calicoConfig(network: NetworkConfig, cni: CniBackend, over?: CniBackend): CalicoConfig {
  const { calico } = network;
  // Who turns a running cluster's data plane over leaves its pools as they are.
  const isPoolsOf = over !== undefined && over !== EBPF && CALICO_BACKENDS.includes(over);
  if (cni === EBPF && isPoolsOf) return withEbpf(calicoConfig(network, over));
  if (calico?.backend === cni) return calico;
  if (cni === EBPF) return withEbpf(calico ?? crossSubnet(published(network)));
  const modes = MODES.find(([name]) => name === cni)?.[1] ?? { ipip: 'Never', vxlan: 'Never' };
  const { ebpf: _, ...config } = calico ?? published(network);
  // Without VXLAN it is BIRD that tells the others of its node's blocks; one that did not run has nobody to peer with yet.
  const bird = config.bird || modes.vxlan === 'Never';
  const mesh = config.mesh || !config.bird;
  return { ...config, backend: cni, bird, mesh, pools: config.pools.map((pool) => ({ ...pool, ...modes })) };
}

/** The same pools under the other data plane. */
function withEbpf(config: CalicoConfig): CalicoConfig {
  return { ...config, backend: EBPF, ebpf: config.ebpf ?? { dsr: false, connectTime: true } };
}

/** As custom-resources-bpf.yaml is published. */
function crossSubnet(config: CalicoConfig): CalicoConfig {
  return { ...config, pools: config.pools.map((pool) => ({ ...pool, vxlan: 'CrossSubnet' })) };
}

/** What calico-node does without being told anything: one pool, of the whole Pod network. */
function published({ podCidr }: NetworkConfig): CalicoConfig {
  return {
    backend: 'calico-bgp',
    pools: [
      {
        name: 'default-ipv4-ippool',
        cidr: podCidr,
        blockSize: Math.max(26, podCidr.length),
        ipip: 'Never',
        vxlan: 'Never',
        natOutgoing: true,
        disabled: false,
        nodeSelector: 'all()',
        disableBgpExport: false,
        allowedUses: ['Workload', 'Tunnel'],
      },
    ],
    mesh: true,
    bird: true,
    asNumber: 64512,
    peers: [],
    mtu: undefined,
    vxlan: { port: 4789, vni: 4096, mtu: undefined },
    ipipMtu: undefined,
    strictAffinity: false,
  };
}

/** Whether a packet to a node is wrapped. */
export function encapsulates(mode: Encapsulate, sameSubnet: boolean): boolean {
  return mode === 'Always' || (mode === 'CrossSubnet' && !sameSubnet);
}
