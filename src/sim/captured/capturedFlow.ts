import { readdirSync, readFileSync } from 'node:fs';
import type { ClusterSettings, CniBackend } from '../../datamodel/cluster/command.ts';
import type { ClusterView } from '../../datamodel/cluster/view.ts';
import type { Flow } from '../../datamodel/flow/flow.ts';
import type { Conversation } from '../../datamodel/flow/trace.ts';
import { ipAddress } from '../../wire/address.ts';
import { createSimulation } from '../createSimulation.ts';
import type { Simulation } from '../simulation.ts';
import type { Tap } from './compare.ts';

const HERE = new URL('.', import.meta.url);

/** What the captures call a network, and what it is called here. No control plane here writes Geneve's routes. */
const BACKENDS = {
  vxlan: 'flannel-vxlan',
  hostgw: 'flannel-host-gw',
  wg: 'flannel-wireguard',
  calico: 'calico-bgp',
  ipip: 'calico-ipip',
  aws: 'aws-vpc',
} as const satisfies Record<string, CniBackend>;

/** What was sent through the captured cluster, in the words of the capture's own list. */
interface Sent {
  readonly do: 'ping' | 'udp' | 'tcp';
  readonly from: string;
  readonly to: string;
  readonly port?: number;
  readonly sourcePort?: number;
  readonly payload?: number;
  readonly upload?: number;
  readonly df?: boolean;
  readonly ttl?: number;
  readonly tos?: number;
  readonly bind?: string;
  readonly sends?: number;
}

/** One flow as a real kernel carried it: `frames` are [netns, device, direction, packet type, index into bytes, µs]. */
export interface CapturedFlow {
  readonly name: string;
  readonly doc: string;
  readonly cni: keyof typeof BACKENDS | 'geneve';
  /** kube-proxy's mode; iptables when absent. */
  readonly proxy?: 'nftables' | 'ipvs';
  /** Empty: whoever's turn it was. */
  readonly pick: string;
  readonly randomFully: boolean;
  readonly coldCaches?: boolean;
  /** Neighbours were known, but there were no sessions of tunnels: the set-up ends them after a first run. */
  readonly coldTunnels?: boolean;
  /** Namespaces that nobody listened in. */
  readonly untapped?: readonly string[];
  /** Devices whose frames begin with the IP header. */
  readonly headerless?: readonly string[];
  /** Indexes into bytes: transport checksums that were not summed up yet. */
  readonly unsummed?: readonly number[];
  readonly setup?: readonly string[];
  readonly send: readonly Sent[];
  readonly result: string;
  /** Lines of `ipvsadm -Lnc`, by node. */
  readonly ipvs?: Readonly<Record<string, readonly string[]>>;
  readonly bytes: readonly string[];
  readonly frames: readonly (readonly [string, string, 'in' | 'out', string, number, number])[];
}

export function readCapturedFlows(): readonly CapturedFlow[] {
  const folder = new URL('flows/', HERE);
  return readdirSync(folder)
    .sort()
    .map((file) => JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as CapturedFlow);
}

/** Those whose kernels are configured by a control plane that is simulated. */
export function readClusterFlows(): readonly CapturedFlow[] {
  return readCapturedFlows().filter(({ cni }) => Object.hasOwn(BACKENDS, cni));
}

export interface SimulatedFlow {
  /** The last one, where several were sent one after another. */
  readonly conversation: Conversation;
  readonly conversations: readonly Conversation[];
  readonly cluster: ClusterView;
  readonly simulation: Simulation;
}

/** Sends the same through the simulated cluster. */
export function simulateCapturedFlow(captured: CapturedFlow): SimulatedFlow {
  const files = filesOf(captured);
  const sources = files.map((name) => ({ name, text: readFileSync(new URL(name, HERE), 'utf8') }));
  const settings: Partial<ClusterSettings> = {
    cni: BACKENDS[captured.cni as keyof typeof BACKENDS],
    randomFully: captured.randomFully,
    proxyMode: captured.proxy ?? 'iptables',
    ...(captured.cni === 'aws' && { underlay: 'cloud-vpc' }),
  };
  for (let seed = 1; ; seed++) {
    const created = createSimulation(sources, { ...settings, seed });
    if (!created.ok) throw new Error(JSON.stringify(created.error));
    if (captured.coldTunnels) for (const sent of captured.send) created.value.send(flowOf(captured, sent));
    for (const line of captured.setup ?? []) setUp(created.value, line);
    const conversations = captured.send.map((sent) => created.value.send(flowOf(captured, sent)));
    const conversation = conversations.at(-1);
    if (conversation === undefined) throw new Error(`${captured.name} sends nothing`);
    if (seed === SEEDS || seenDigits(conversation.outcomes[0]?.text ?? '') === seenDigits(captured.result)) {
      return { conversation, conversations, cluster: created.value.cluster(), simulation: created.value };
    }
  }
}

function filesOf({ cni, proxy }: CapturedFlow): readonly string[] {
  if (cni === 'aws') return ['aws.yaml'];
  return proxy === 'ipvs' ? ['cluster.yaml', 'echo.yaml'] : ['cluster.yaml'];
}

/** Runs one of the capture's own commands: `node1: ip route del default`. */
function setUp(simulation: Simulation, line: string): void {
  const [where = '', ...command] = line.split(': ');
  const netns = simulation.namespace(where === 'client' ? netnsOf(where) : where);
  if (!netns.ok) throw new Error(netns.error);
  const applied = simulation.apply({ type: 'exec', netns: netns.value, line: command.join(': ') });
  if (!applied.ok) throw new Error(`${line}: ${applied.output?.errors}`);
}

/**
 * A server repeats the client port it saw, so a masqueraded port's number of digits is in the lengths of the bytes. Another
 * seed draws another port; nothing else is taken from it.
 */
const SEEDS = 50;

function seenDigits(answer: string): number {
  return /saw=[\d.]+:(\d+)/.exec(answer)?.[1]?.length ?? 0;
}

/** Ports and echo ids that are not left to chance: what the flow and the cluster prescribe. */
export function givenNumbers(captured: CapturedFlow): ReadonlySet<number> {
  const sent = captured.send.flatMap((flow) => [flow.port ?? 0, flow.sourcePort ?? 0]);
  return new Set([0x1234, 80, 8080, 9000, 8472, 30080, 30081, 30082, 30099, ...sent]);
}

export function expectedTaps(captured: CapturedFlow): readonly Tap[] {
  return captured.frames.map(([netns, device, direction, , index]) => {
    // Long frames are cut: `+135` says how much is missing.
    const [hex = '', missing] = (captured.bytes[index] ?? '').split('+');
    return {
      netns,
      device,
      direction,
      bytes: bytesOf(hex),
      ...(missing && { missing: Number(missing) }),
      ...(captured.headerless?.includes(device) && { link: 'ip' }),
      ...(captured.unsummed?.includes(index) && { unsummed: true }),
    };
  });
}

/** Our captures, with host veths named after the Pod at their other end. */
export function actualTaps(
  conversations: readonly Conversation[],
  cluster: ClusterView,
  untapped: readonly string[] = [],
): readonly Tap[] {
  const veths = new Map<string, string>();
  for (const pod of cluster.pods) {
    if (pod.hostDevice) veths.set(`node/${pod.node} ${pod.hostDevice}`, `veth(${pod.namespace}/${pod.name})`);
  }
  // The kernels' loopback devices were tapped on nodes only.
  const captures = conversations.flatMap((conversation) => conversation.captures);
  const tapped = captures.filter(
    ({ netns, device }) => !untapped.includes(netns) && (device !== 'lo' || netns.startsWith('node/')),
  );
  return tapped.map(({ netns, device, direction, bytes, link }) => ({
    netns,
    device: veths.get(`${netns} ${device}`) ?? device,
    direction,
    bytes,
    ...(link && { link }),
  }));
}

function flowOf(captured: CapturedFlow, sent: Sent): Flow {
  const [address, port] = captured.pick.split(':');
  return {
    from: netnsOf(sent.from),
    to: { type: 'address', address: ipAddress(sent.to) },
    as: sent.do === 'tcp' ? 'http' : sent.do,
    payload: sent.payload ?? sent.upload ?? 0,
    repeat: sent.sends ?? 1,
    warm: !captured.coldCaches && !captured.coldTunnels,
    ...(address !== '' && { pick: { address: ipAddress(address ?? ''), port: Number(port) } }),
    ...(sent.port !== undefined && { port: sent.port }),
    ...(sent.sourcePort !== undefined && { sourcePort: sent.sourcePort }),
    ...(sent.df !== undefined && { pathMtuDiscovery: sent.df ? ('do' as const) : ('dont' as const) }),
    ...(sent.ttl !== undefined && { ttl: sent.ttl }),
    ...(sent.tos !== undefined && { tos: sent.tos }),
    ...(sent.bind !== undefined && { bind: ipAddress(sent.bind) }),
  };
}

function netnsOf(name: string): string {
  if (name.startsWith('node')) return `node/${name}`;
  return name === 'client' ? '192.168.1.100' : `pod/default/${name}`;
}

function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from({ length: hex.length / 2 }, (_, i) => Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16));
}
