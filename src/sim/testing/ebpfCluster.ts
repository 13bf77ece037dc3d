import { expect } from 'vitest';
import type { EbpfSettings } from '../../datamodel/cluster/command.ts';
import type { TrafficKind } from '../../datamodel/flow/flow.ts';
import type { Step } from '../../datamodel/flow/step.ts';
import type { Conversation } from '../../datamodel/flow/trace.ts';
import { sampleSources } from '../../manifests/sample.ts';
import { ETHERNET_HEADER_LENGTH, EthernetView, EtherType } from '../../wire/ethernet.ts';
import { IpProtocol, Ipv4View } from '../../wire/ipv4.ts';
import { VXLAN_PORT_LINUX } from '../../wire/vxlan.ts';
import { createSimulation } from '../createSimulation.ts';
import type { Simulation } from '../simulation.ts';
import { conversationProblems } from './traceProblems.ts';

/** A host outside the cluster. */
export const CLIENT = '192.168.1.100';
const SERVICES = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: echo}
spec:
  replicas: 3
  selector: {matchLabels: {app: echo}}
  template:
    metadata: {labels: {app: echo}}
    spec:
      containers: [{name: echo, image: echo, ports: [{containerPort: 9000, protocol: UDP}]}]
---
apiVersion: v1
kind: Service
metadata: {name: everywhere}
spec: {type: NodePort, selector: {app: backend}, ports: [{port: 80, targetPort: 8080, nodePort: 30090}]}
---
apiVersion: v1
kind: Service
metadata: {name: near}
spec:
  type: NodePort
  externalTrafficPolicy: Local
  selector: {app: backend}
  ports: [{port: 80, targetPort: 8080, nodePort: 30091}]
---
apiVersion: v1
kind: Service
metadata: {name: nobody}
spec: {type: NodePort, selector: {app: nobody}, ports: [{name: tcp, port: 80, nodePort: 30092}, {name: udp, protocol: UDP, port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: echo}
spec: {type: NodePort, selector: {app: echo}, ports: [{protocol: UDP, port: 9000, nodePort: 30093}]}
---
apiVersion: v1
kind: Service
metadata: {name: sticky}
spec: {type: NodePort, sessionAffinity: ClientIP, selector: {app: backend}, ports: [{port: 80, targetPort: 8080, nodePort: 30094}]}
---
apiVersion: v1
kind: Service
metadata: {name: guarded}
spec:
  type: LoadBalancer
  loadBalancerSourceRanges: [192.168.1.100/32]
  selector: {app: backend}
  ports: [{port: 8888, targetPort: 8080}]
status: {loadBalancer: {ingress: [{ip: 192.168.1.11}]}}
`;

type Cni = 'flannel-vxlan' | 'flannel-host-gw';

/** The sample with more Services, load-balanced by eBPF. */
export function open(ebpf: EbpfSettings = {}, cni: Cni = 'flannel-vxlan'): Simulation {
  const sources = [...sampleSources(), { name: 'services.yaml', text: SERVICES }];
  const created = createSimulation(sources, { proxyMode: 'ebpf', cni, ebpf });
  if (!created.ok) throw new Error(created.error.map(({ message }) => message).join('\n'));
  return created.value;
}

interface Sent {
  readonly from?: string;
  readonly as?: TrafficKind;
  readonly sourcePort?: number;
  readonly payload?: number;
  readonly pick?: { readonly address: string; readonly port: number };
  readonly pathMtuDiscovery?: 'do' | 'dont';
}

/** Sends one flow, the way typed references name its ends, and checks the grammar of what came of it. */
export function send(simulation: Simulation, to: string, sent: Sent = {}): Conversation {
  const { from = 'deploy/default/frontend', as = 'http', payload = as === 'udp' ? 5 : 0, ...rest } = sent;
  const sender = simulation.resolve(from, 'from');
  const receiver = simulation.resolve(to, 'to');
  if (!sender.ok || !receiver.ok || sender.netns === undefined) throw new Error(`${from} ${to}`);
  const conversation = simulation.send({
    from: sender.netns,
    to: receiver.to,
    as,
    payload,
    repeat: 1,
    warm: true,
    ...(receiver.port !== undefined && { port: receiver.port }),
    ...(rest as object),
  });
  expect(conversationProblems(conversation)).toEqual([]);
  return conversation;
}

/** `answered pod=… saw=…` */
export function outcome({ outcomes }: Conversation): string {
  return `${outcomes[0]?.type} ${outcomes[0]?.text}`;
}

export function steps({ traces }: Conversation): readonly Step[] {
  return traces.flatMap((trace) => trace.hops.flatMap((hop) => hop.steps));
}

/** Destinations of all IPv4 packets that were seen anywhere, in tunnels too. */
export function destinations({ captures }: Conversation): ReadonlySet<string> {
  return new Set(captures.flatMap(({ bytes }) => destinationsIn(bytes)));
}

function destinationsIn(frame: Uint8Array): readonly string[] {
  if (new EthernetView(frame).etherType !== EtherType.ipv4) return [];
  const ip = new Ipv4View(frame, ETHERNET_HEADER_LENGTH);
  const at = ip.payloadOffset;
  const tunnel = ip.protocol === IpProtocol.udp && (frame[at + 2]! << 8) + frame[at + 3]! === VXLAN_PORT_LINUX;
  return [ip.destination, ...(tunnel ? destinationsIn(frame.subarray(at + 16)) : [])];
}

export function addressOf(simulation: Simulation, pod: string): string {
  return simulation.cluster().pods.find(({ name }) => name.startsWith(pod))?.address ?? '';
}

export function clusterIps(simulation: Simulation): readonly string[] {
  return simulation.cluster().services.flatMap(({ clusterIp }) => clusterIp ?? []);
}
