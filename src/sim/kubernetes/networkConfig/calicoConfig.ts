import type { ManifestProblem } from '../../../datamodel/cluster/problem.ts';
import type { DeclaredObject } from '../../../datamodel/kubernetes/declared/declaredObjects.ts';
import type { DeclaredDaemonSet } from '../../../datamodel/kubernetes/declared/declaredWorkload.ts';
import type { CalicoConfig, CalicoEbpf, CalicoPeer, CalicoPool } from '../../../datamodel/kubernetes/networkConfig.ts';
import { type IpPrefix, ipPrefix, parseIpAddress, prefixContains } from '../../../wire/address.ts';
import { backendOf } from '../../controlplane/network/calico/pools.ts';
import { FieldErrors } from '../admission/fieldErrors.ts';
import { declaredPool, operatorPools, startupPools } from './calicoPools.ts';
import { containerEnvironment } from './containerEnvironment.ts';
import { findConfig } from './findConfig.ts';

/** What calico-node and the operator take where nothing says which addresses Pods have. */
const POD_NETWORK = ipPrefix('192.168.0.0/16');
const AS_NUMBER = 64512;
const VXLAN = { port: 4789, vni: 4096 };

type FelixSpec = NonNullable<OfKind<'FelixConfiguration'>['spec']>;
type OfKind<Kind extends DeclaredObject['kind']> = Extract<DeclaredObject, { readonly kind: Kind }>;

export interface PodNetwork {
  /** kubeadm's, which the operator and calico-node look up. */
  readonly podSubnet: IpPrefix | undefined;
  /** What Pods' addresses are from where neither of them is there to say so. */
  readonly podCidr: IpPrefix;
}

/**
 * How Calico is set up, by its own resources, by the operator's or by calico.yaml; undefined where nothing of it is there.
 * Given IPPools are all there are; else those that calico-node or the operator would make.
 *
 * Who peers with whom tells of it too, in a dump without the rest.
 */
export function completeCalico(
  objects: readonly DeclaredObject[],
  { podSubnet, podCidr }: PodNetwork,
  problems: ManifestProblem[],
  warnings: string[],
): CalicoConfig | undefined {
  const installation = ofKind(objects, 'Installation').find(({ spec }) => (spec?.cni?.type ?? 'Calico') === 'Calico');
  const configMap = findConfig(objects, 'calico')?.config;
  const daemon = ofKind(objects, 'DaemonSet').find(({ metadata }) => metadata.name === 'calico-node');
  const declared = ofKind(objects, 'IPPool');
  const bgpObjects = ofKind(objects, 'BGPConfiguration');
  const bgp = bgpObjects.find(({ metadata }) => metadata.name === 'default')?.spec ?? {};
  const peers = ofKind(objects, 'BGPPeer').map(peerOf);
  const isDeclared = declared.length > 0 || bgpObjects.length > 0 || peers.length > 0;
  const isInstalled = Boolean(installation ?? configMap ?? daemon);
  if (!isInstalled && !isDeclared) return undefined;

  const env = containerEnvironment(daemon, 'calico-node');
  const network = installation?.spec?.calicoNetwork;
  const podNetwork = podSubnet ?? (isInstalled ? POD_NETWORK : podCidr);
  const pools = declared.length > 0 ? declared.flatMap((pool) => declaredPool(pool) ?? []) : undefined;
  const made = installation ? operatorPools(installation, podNetwork) : startupPools(env, podNetwork);
  const felixObject = ofKind(objects, 'FelixConfiguration').find(({ metadata }) => metadata.name === 'default');
  const felix = felixObject?.spec ?? {};
  const sorted = [...(pools ?? made)].sort((a, b) => (a.name < b.name ? -1 : 1));
  const ebpf = completeEbpf(felix, network?.linuxDataplane, env);
  const config: CalicoConfig = {
    backend: backendOf(sorted, ebpf !== undefined),
    pools: sorted,
    bird: installation
      ? network?.bgp !== 'Disabled'
      : (configMap?.backend ?? env.get('CALICO_NETWORKING_BACKEND') ?? 'bird') === 'bird',
    mesh: bgp.nodeToNodeMeshEnabled ?? true,
    peers,
    asNumber: Number(bgp.asNumber ?? AS_NUMBER) || AS_NUMBER,
    mtu: (network?.mtu ?? Number(configMap?.vethMtu ?? 0)) || undefined,
    vxlan: {
      port: felix.vxlanPort ?? VXLAN.port,
      vni: felix.vxlanVNI ?? VXLAN.vni,
      mtu: (felix.vxlanMTU ?? Number(env.get('FELIX_VXLANMTU') ?? 0)) || undefined,
    },
    ipipMtu: (felix.ipipMTU ?? Number(env.get('FELIX_IPINIPMTU') ?? 0)) || undefined,
    strictAffinity: ofKind(objects, 'IPAMConfiguration')[0]?.spec?.strictAffinity ?? false,
    ...(ebpf && { ebpf }),
  };
  refuseOverlaps(declared, config.pools, problems);
  if (felixObject) refuseWords(felixObject, problems);
  if (installation === undefined && declared.length === 0) refuseBothModes(daemon, config.pools, problems);
  warnings.push(...misgivings(config));
  if (ebpf) warnings.push(...ebpfMisgivings(felix));
  return config;
}

/** The eBPF data plane's settings; undefined: it is off. The operator turns it on by what its Installation says. */
function completeEbpf(
  { bpfEnabled, bpfExternalServiceMode = 'Tunnel', bpfConnectTimeLoadBalancing = 'TCP' }: FelixSpec,
  dataplane: string | undefined,
  env: ReadonlyMap<string, string>,
): CalicoEbpf | undefined {
  const isOn = bpfEnabled ?? (dataplane === 'BPF' || env.get('FELIX_BPFENABLED')?.toLowerCase() === 'true');
  if (!isOn) return undefined;
  return {
    dsr: bpfExternalServiceMode.toLowerCase() === 'dsr',
    connectTime: bpfConnectTimeLoadBalancing !== 'Disabled',
  };
}

/** The words that the API takes for each setting, in any case. */
const FELIX_WORDS = [
  ['bpfExternalServiceMode', ['Tunnel', 'DSR']],
  ['bpfConnectTimeLoadBalancing', ['TCP', 'Enabled', 'Disabled']],
  ['bpfHostNetworkedNATWithoutCTLB', ['Enabled', 'Disabled']],
] as const;

function refuseWords(object: OfKind<'FelixConfiguration'>, problems: ManifestProblem[]): void {
  for (const [field, words] of FELIX_WORDS) {
    const text = object.spec?.[field];
    if (!text || words.some((word) => word.toLowerCase() === text.toLowerCase())) continue;
    new FieldErrors(object, problems).notSupported(`spec.${field}`, text, words);
  }
}

/** What is allowed and not simulated. */
function ebpfMisgivings({ bpfConnectTimeLoadBalancing, bpfHostNetworkedNATWithoutCTLB }: FelixSpec): readonly string[] {
  return [
    ...(bpfConnectTimeLoadBalancing === 'Enabled'
      ? ['bpfConnectTimeLoadBalancing Enabled is taken as TCP: UDP is load-balanced packet by packet']
      : []),
    ...(bpfHostNetworkedNATWithoutCTLB === 'Disabled'
      ? ['bpfHostNetworkedNATWithoutCTLB Disabled is taken as Enabled: the host’s own UDP reaches Services']
      : []),
  ];
}

function ofKind<Kind extends DeclaredObject['kind']>(
  objects: readonly DeclaredObject[],
  kind: Kind,
): readonly OfKind<Kind>[] {
  return objects.filter((object): object is OfKind<Kind> => object.kind === kind);
}

function peerOf({ metadata, spec = {} }: OfKind<'BGPPeer'>): CalicoPeer {
  const { node, nodeSelector, peerSelector } = spec;
  const peerIp = parseIpAddress(spec.peerIP ?? '');
  const asNumber = Number(spec.asNumber ?? 0);
  return {
    name: metadata.name ?? '',
    ...(node && { node }),
    ...(nodeSelector && { nodeSelector }),
    ...(peerSelector && { peerSelector }),
    ...(peerIp && { peerIp }),
    ...(asNumber > 0 && { asNumber }),
  };
}

/** The API refuses a pool that shares addresses with another. */
function refuseOverlaps(
  declared: readonly OfKind<'IPPool'>[],
  pools: readonly CalicoPool[],
  problems: ManifestProblem[],
): void {
  for (const object of declared) {
    const own = pools.find(({ name }) => name === object.metadata.name);
    const other = pools.find((each) => own && each !== own && each.name < own.name && overlap(each.cidr, own.cidr));
    if (own && other) {
      const reason = `IPPool(${own.name}) CIDR overlaps with IPPool(${other.name}) CIDR`;
      new FieldErrors(object, problems).invalid('spec.cidr', object.spec?.cidr, reason);
    }
  }
}

function refuseBothModes(
  daemon: DeclaredDaemonSet | undefined,
  [pool]: readonly CalicoPool[],
  problems: ManifestProblem[],
): void {
  if (daemon === undefined || pool === undefined || pool.ipip === 'Never' || pool.vxlan === 'Never') return;
  new FieldErrors(daemon, problems).whole(
    'calico-node cannot make its pool: IPIPMode and VXLANMode cannot both be enabled on the same IP pool ' +
      '(CALICO_IPV4POOL_IPIP, CALICO_IPV4POOL_VXLAN)',
  );
}

/** What is allowed and does not work. */
function misgivings({ pools, bird, mesh, peers }: CalicoConfig): readonly string[] {
  const routed = pools.filter(({ vxlan, disabled }) => vxlan === 'Never' && !disabled).map(({ name }) => name);
  if (routed.length === 0) return [];
  if (!bird) {
    return [
      `BIRD does not run: nobody tells nodes of each other's blocks in ${routed.join(', ')}, which VXLAN does not reach`,
    ];
  }
  return mesh || peers.length > 0
    ? []
    : ['nodeToNodeMeshEnabled is false and there is no BGPPeer: no node learns of another’s blocks'];
}

function overlap(a: IpPrefix, b: IpPrefix): boolean {
  return prefixContains(a, b.address) || prefixContains(b, a.address);
}
