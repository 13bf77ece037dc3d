import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EbpfSettings } from '../datamodel/cluster/command.ts';
import type { TrafficKind } from '../datamodel/flow/flow.ts';
import type { Step } from '../datamodel/flow/step.ts';
import type { Conversation } from '../datamodel/flow/trace.ts';
import { sampleSources } from '../manifests/sample.ts';
import { ETHERNET_HEADER_LENGTH, EthernetView, EtherType } from '../wire/ethernet.ts';
import { IpProtocol, Ipv4View } from '../wire/ipv4.ts';
import { VXLAN_PORT_LINUX } from '../wire/vxlan.ts';
import { createSimulation } from './createSimulation.ts';
import type { Simulation } from './simulation.ts';
import { generatedCluster } from './testing/generatedCluster.ts';
import { conversationProblems } from './testing/traceProblems.ts';

const CLIENT = '192.168.1.100';
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

function open(ebpf: EbpfSettings = {}, cni: Cni = 'flannel-vxlan'): Simulation {
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

function send(simulation: Simulation, to: string, sent: Sent = {}): Conversation {
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

function outcome({ outcomes }: Conversation): string {
  return `${outcomes[0]?.type} ${outcomes[0]?.text}`;
}

function steps({ traces }: Conversation): readonly Step[] {
  return traces.flatMap((trace) => trace.hops.flatMap((hop) => hop.steps));
}

/** Destinations of all IPv4 packets that were seen anywhere, in tunnels too. */
function destinations({ captures }: Conversation): ReadonlySet<string> {
  return new Set(captures.flatMap(({ bytes }) => destinationsIn(bytes)));
}

function destinationsIn(frame: Uint8Array): readonly string[] {
  if (new EthernetView(frame).etherType !== EtherType.ipv4) return [];
  const ip = new Ipv4View(frame, ETHERNET_HEADER_LENGTH);
  const at = ip.payloadOffset;
  const tunnel = ip.protocol === IpProtocol.udp && (frame[at + 2]! << 8) + frame[at + 3]! === VXLAN_PORT_LINUX;
  return [ip.destination, ...(tunnel ? destinationsIn(frame.subarray(at + 16)) : [])];
}

function addressOf(simulation: Simulation, pod: string): string {
  return simulation.cluster().pods.find(({ name }) => name.startsWith(pod))?.address ?? '';
}

function clusterIps(simulation: Simulation): readonly string[] {
  return simulation.cluster().services.flatMap(({ clusterIp }) => clusterIp ?? []);
}

describe('socket load balancing', () => {
  it('lets no packet carry a ClusterIP, and the server sees the Pod', () => {
    const simulation = open();
    const virtual = clusterIps(simulation);
    for (const pod of simulation.cluster().pods.filter(({ hostNetwork }) => !hostNetwork)) {
      const conversation = send(simulation, 'svc/default/everywhere', { from: `pod/${pod.namespace}/${pod.name}` });
      expect(outcome(conversation)).toMatch(new RegExp(`^answered pod=backend-\\S+ saw=${pod.address}:`));
      for (const address of virtual) expect(destinations(conversation)).not.toContain(address);
    }
  });

  it.each(['tcp', 'http', 'udp'] as const)('sees to %s of node processes too', (as) => {
    const simulation = open();
    const to = as === 'udp' ? 'svc/default/echo' : 'svc/default/everywhere';
    const conversation = send(simulation, to, { from: 'node/worker-01', as });
    expect(outcome(conversation)).toMatch(/^answered/);
    for (const address of clusterIps(simulation)) expect(destinations(conversation)).not.toContain(address);
  });

  it('resolves names by the Service of CoreDNS, whose address the program hears from', () => {
    const conversation = send(open(), 'everywhere.default.svc.cluster.local:80');
    expect(outcome(conversation)).toMatch(/^answered/);
    expect(destinations(conversation)).not.toContain('10.96.0.10');
    const heard = steps(conversation).filter((step) => step.type === 'program' && step.attach === 'cgroup/recvmsg4');
    expect(heard[0]).toMatchObject({ socket: { before: '10.244.3.3:53', after: '10.96.0.10:53' } });
  });

  it('says that the peer is the Service, as getpeername() is rewritten back', () => {
    const conversation = send(open(), 'svc/default/everywhere', { as: 'tcp' });
    const [clusterIp] = open()
      .cluster()
      .services.flatMap((service) => (service.name === 'everywhere' ? [service.clusterIp] : []));
    expect(outcome(conversation)).toBe(`answered connected to ${clusterIp}:80`);
  });

  it('reaches NodePorts of any node, and of the own one by loopback, without passing the node named', () => {
    const simulation = open();
    for (const to of ['node/worker-03:30090', 'node/worker-01:30090']) {
      const conversation = send(simulation, to);
      expect(outcome(conversation)).toMatch(/saw=10\.244\.1\.23:/);
      expect(steps(conversation).some(({ type }) => type === 'translate')).toBe(false);
    }
    expect(outcome(send(simulation, '127.0.0.1:30090', { from: 'node/worker-02' }))).toMatch(/^answered/);
    expect(outcome(send(simulation, '127.0.0.1:30090'))).toMatch(/^refused/);
  });

  it('gives Pods all backends of a Service whose external traffic stays local', () => {
    const simulation = open();
    const pick = { address: addressOf(simulation, 'backend-5c8b7d6f49-zt55w'), port: 8080 };
    expect(outcome(send(simulation, 'node/worker-01:30091', { pick }))).toMatch(/pod=backend-5c8b7d6f49-zt55w/);
  });

  it.each(['tcp', 'udp'] as const)(
    'lets %s to a Service without backends fail with EHOSTUNREACH, and makes no packet',
    (as) => {
      const conversation = send(open(), 'svc/default/nobody:80', { as });
      expect(outcome(conversation)).toBe('unreachable No route to host');
      expect(conversation.captures).toEqual([]);
      expect(conversation.traces[0]?.hops[0]?.steps.map(({ type }) => type)).toEqual(['program', 'drop']);
    },
  );

  it('leaves ping alone: the ClusterIP leaks and nobody answers', () => {
    const simulation = open();
    const conversation = send(simulation, 'svc/default/everywhere', { as: 'ping' });
    expect(outcome(conversation)).toMatch(/^(timeout|unreachable)/);
  });

  it('lets no packet carry the ClusterIP in any cluster, whoever sends whatever', () => {
    const sender = fc.oneof(fc.nat().map(String), fc.constant('node/n1'));
    fc.assert(
      fc.property(generatedCluster, sender, fc.constantFrom('tcp', 'http'), (cluster, from, as) => {
        const sources = [{ name: 'generated.json', text: cluster.manifest }];
        const created = createSimulation(sources, { proxyMode: 'ebpf', cni: cluster.cni });
        if (!created.ok) throw new Error('refused');
        const reference = from.startsWith('node/') ? from : (cluster.pods[Number(from) % cluster.pods.length] ?? '');
        const conversation = send(created.value, 'svc/default/generated', { from: reference, as });
        const [virtual] = clusterIps(created.value);
        expect(virtual).toBeDefined();
        expect(destinations(conversation)).not.toContain(virtual);
        expect(outcome(conversation)).toMatch(/^answered/);
      }),
      { numRuns: 40 },
    );
  });

  it('remembers whom a namespace had when the Service is sticky', () => {
    const simulation = open();
    const answers = Array.from(
      { length: 6 },
      () => /pod=\S+/.exec(outcome(send(simulation, 'svc/default/sticky')))?.[0],
    );
    expect(new Set(answers).size).toBe(1);
    const spread = Array.from(
      { length: 12 },
      () => /pod=\S+/.exec(outcome(send(simulation, 'svc/default/everywhere')))?.[0],
    );
    expect(new Set(spread).size).toBeGreaterThan(1);
  });
});

describe('load balancing Pods’ packets one by one', () => {
  const settings = { socketLbHostOnly: true };

  it.each([
    ['svc/default/everywhere', 'http'],
    ['svc/default/echo', 'udp'],
    ['node/worker-01:30090', 'http'],
  ] as const)('rewrites at the veth what leaves for %s, and the answers', (to, as) => {
    const simulation = open(settings);
    const conversation = send(simulation, to, { as });
    expect(outcome(conversation)).toMatch(/^answered .*saw=10\.244\.1\.23:/);
    const translated = steps(conversation).filter((step) => step.type === 'translate');
    expect(new Set(translated.map(({ netns }) => netns))).toEqual(new Set(['node/worker-01']));
    expect(new Set(translated.map((step) => step.type === 'translate' && step.by))).toEqual(new Set(['ebpf']));
  });

  it('lets a Pod reach itself by its Service', () => {
    const simulation = open(settings);
    const pod = 'backend-5c8b7d6f49-zt55w';
    const pick = { address: addressOf(simulation, pod), port: 8080 };
    const conversation = send(simulation, 'svc/default/everywhere', { from: `pod/default/${pod}`, pick });
    expect(outcome(conversation)).toMatch(new RegExp(`^answered pod=${pod} saw=169\\.254\\.42\\.1:`));
  });

  it('lets NodePorts of other nodes be those nodes’ business', () => {
    const conversation = send(open(settings), 'node/worker-03:30090');
    expect(outcome(conversation)).toMatch(/^answered .*saw=192\.168\.1\.1[13]:/);
    const programs = steps(conversation).filter(({ type }) => type === 'program');
    expect(new Set(programs.map(({ netns }) => netns))).toContain('node/worker-03');
  });

  it('answers for a Service without backends', () => {
    expect(outcome(send(open(settings), 'svc/default/nobody:80'))).toMatch(/^refused/);
  });
});

describe('NodePorts', () => {
  const remote = { address: '10.244.2.47', port: 8080 };

  it.each(['flannel-vxlan', 'flannel-host-gw'] as const)('hide the client behind the node with SNAT (%s)', (cni) => {
    const simulation = open({}, cni);
    const conversation = send(simulation, 'node/worker-01:30090', { from: CLIENT, pick: remote });
    expect(outcome(conversation)).toMatch(/^answered pod=backend-5c8b7d6f49-r8m7q saw=192\.168\.1\.11:/);
    const nat = simulation.print('node/worker-01', 'bpf-nat').map(({ text }) => text);
    expect(nat).toEqual([
      expect.stringMatching(/^TCP OUT 192\.168\.1\.100:\d+ -> 10\.244\.2\.47:8080 XLATE_SRC 192\.168\.1\.11:\d+ /),
      expect.stringMatching(/^TCP IN 10\.244\.2\.47:8080 -> 192\.168\.1\.11:\d+ XLATE_DST 192\.168\.1\.100:\d+ /),
    ]);
    expect(simulation.print('node/worker-01', 'conntrack').filter(({ text }) => text.includes('10.244.2.47'))).toEqual(
      [],
    );
  });

  it.each(['flannel-vxlan', 'flannel-host-gw'] as const)(
    'keep the client with DSR, and the backend answers it (%s)',
    (cni) => {
      const simulation = open({ dsr: 'dsr' }, cni);
      const conversation = send(simulation, 'node/worker-01:30090', { from: CLIENT, pick: remote, sourcePort: 40000 });
      expect(outcome(conversation)).toBe('answered pod=backend-5c8b7d6f49-r8m7q saw=192.168.1.100:40000 got=0');
      const answers = conversation.traces.filter(({ role }) => role === 'reply');
      for (const { hops } of answers) expect(hops.map(({ netns }) => netns)).not.toContain('node/worker-01');
      const options = conversation.traces
        .filter(({ hops }) => hops.some(({ netns }) => netns === 'pod/default/backend-5c8b7d6f49-r8m7q'))
        .map(({ label, hops }) => [
          label,
          new Ipv4View(hops.at(-1)!.steps.at(-1)!.bytes, ETHERNET_HEADER_LENGTH).headerLength,
        ]);
      expect(options[0]).toEqual(['SYN', 28]);
      expect(options.find(([label]) => label === 'HTTP request')).toEqual(['HTTP request', 20]);
    },
  );

  it('give ICMP errors about what the node sent to the client, with the backend’s address in the quote', () => {
    const simulation = open();
    const far = simulation.cluster().pods.find(({ name, node }) => name.startsWith('echo') && node !== 'worker-01');
    const pick = { address: far?.address ?? '', port: 9000 };
    const line = 'iptables -A INPUT -p udp --dport 9000 -j REJECT';
    expect(simulation.apply({ type: 'exec', netns: far?.netns ?? '', line })).toMatchObject({ ok: true });
    const conversation = send(simulation, 'node/worker-01:30093', { from: CLIENT, as: 'udp', pick, sourcePort: 41000 });
    const error = conversation.traces.find(({ label }) => label === 'ICMP port unreachable');
    expect(error?.disposition).toMatchObject({ type: 'delivered', netns: CLIENT });
    const last = error?.hops.at(-1)?.steps.at(-1);
    const ip = new Ipv4View(last?.bytes ?? new Uint8Array(), ETHERNET_HEADER_LENGTH);
    const quote = new Ipv4View(ip.bytes, ip.payloadOffset + 8);
    expect([ip.destination, quote.source, quote.destination]).toEqual([CLIENT, CLIENT, pick.address]);
    // so its socket does not know what it is about
    expect(outcome(conversation)).toMatch(/^timeout/);
  });

  it('take fragments along with their first one', () => {
    const simulation = open({}, 'flannel-host-gw');
    const far = simulation.cluster().pods.find(({ name, node }) => name.startsWith('echo') && node !== 'worker-01');
    const pick = { address: far?.address ?? '', port: 9000 };
    const sent = { from: CLIENT, as: 'udp' as const, pick, payload: 4000 };
    expect(outcome(send(simulation, 'node/worker-01:30093', sent))).toMatch(/^answered .*got=4000/);
  });

  it('go by the protocol with hybrid', () => {
    const simulation = open({ dsr: 'hybrid' });
    const tcp = send(simulation, 'node/worker-01:30090', { from: CLIENT, pick: remote });
    expect(outcome(tcp)).toMatch(/saw=192\.168\.1\.100:/);
    const far = simulation.cluster().pods.find(({ name, node }) => name.startsWith('echo') && node !== 'worker-01');
    const pick = { address: far?.address ?? '', port: 9000 };
    const udp = send(simulation, 'node/worker-01:30093', { from: CLIENT, as: 'udp', pick });
    expect(outcome(udp)).toMatch(/saw=192\.168\.1\.11:/);
  });

  it('keep the client where the backend is on the same node', () => {
    const conversation = send(open(), 'node/worker-02:30091', { from: CLIENT });
    expect(outcome(conversation)).toMatch(/^answered pod=backend-\S+ saw=192\.168\.1\.100:/);
  });

  it('answer with port unreachable where there is no backend, or none near', () => {
    const simulation = open();
    for (const to of ['node/worker-01:30092', 'node/worker-01:30091']) {
      expect(outcome(send(simulation, to, { from: CLIENT }))).toMatch(/^refused/);
    }
  });

  it('are not ClusterIPs, which nobody outside may ask for', () => {
    const simulation = open();
    const [service] = simulation.cluster().services.filter(({ name }) => name === 'everywhere');
    const conversation = send(simulation, `${service?.clusterIp}:80`, { from: CLIENT });
    expect(outcome(conversation)).toMatch(/^(timeout|unreachable)/);
  });

  it('lose what the DSR option makes too long, and nobody is told', () => {
    const simulation = open({ dsr: 'dsr' });
    const far = simulation.cluster().pods.find(({ name, node }) => name.startsWith('echo') && node !== 'worker-01');
    const pick = { address: far?.address ?? '', port: 9000 };
    const sent = { from: CLIENT, as: 'udp' as const, pick, pathMtuDiscovery: 'do' as const };
    expect(outcome(send(simulation, 'node/worker-01:30093', { ...sent, payload: 1450 - 28 - 8 }))).toMatch(/^answered/);
    const lost = send(simulation, 'node/worker-01:30093', { ...sent, payload: 1450 - 28 - 7 });
    expect(outcome(lost)).toMatch(/^timeout/);
    expect(lost.traces.map(({ disposition }) => disposition)).toContainEqual(
      expect.objectContaining({ type: 'dropped', netns: 'node/worker-01', reason: 'TC_INGRESS' }),
    );
  });

  it('choose by Maglev the same backend on every node', () => {
    const chosen = (node: string, sourcePort: number): string | undefined =>
      /pod=\S+/.exec(outcome(send(open({ algorithm: 'maglev' }), `${node}:30090`, { from: CLIENT, sourcePort })))?.[0];
    const ports = [40000, 40001, 40002, 40003, 40004, 40005];
    const first = ports.map((port) => chosen('node/worker-01', port));
    expect(ports.map((port) => chosen('node/worker-03', port))).toEqual(first);
    expect(new Set(first).size).toBeGreaterThan(1);
  });
});

describe('load balancers', () => {
  it('let in whom their source ranges name', () => {
    const simulation = open();
    expect(outcome(send(simulation, '192.168.1.11:8888', { from: CLIENT }))).toMatch(/^answered/);
    const refused = send(simulation, '192.168.1.11:8888', { from: '192.168.1.101' });
    expect(outcome(refused)).toMatch(/^timeout/);
    expect(refused.traces[0]?.disposition).toMatchObject({ type: 'dropped', reason: 'TC_INGRESS' });
  });
});

describe('a cluster without kube-proxy', () => {
  it('has no KUBE-* chains but kubelet’s, and prints its maps', () => {
    const simulation = open();
    const rules = simulation.print('node/worker-01', 'iptables-save').map(({ text }) => text);
    expect(
      rules.filter((text) => /KUBE-(SVC|SEP|SERVICES|NODEPORTS|MARK-MASQ|POSTROUTING|FORWARD)/.test(text)),
    ).toEqual([]);
    expect(rules.some((text) => text.includes('FLANNEL-POSTRTG'))).toBe(true);
    const list = simulation.print('node/worker-02', 'bpf-lb').map(({ text }) => text);
    expect(list[0]).toMatch(/^SERVICE ADDRESS +BACKEND ADDRESS \(REVNAT_ID\) \(SLOT\)$/);
    expect(list).toContainEqual(
      expect.stringMatching(
        /^192\.168\.1\.12:30091\/TCP \(0\) +0\.0\.0\.0:0 \(\d+\) \(0\) \[NodePort, Local, two-scopes\]$/,
      ),
    );
    expect(list).toContainEqual(
      expect.stringMatching(/^0\.0\.0\.0:30091\/TCP\/i \(3\) +10\.244\.3\.12:8080\/TCP \(\d+\) \(3\)$/),
    );
    expect(list.some((text) => text.startsWith('192.168.1.12:30091/TCP (3)'))).toBe(false);
  });

  it('prints what programs have written as it was at any step', () => {
    const simulation = open();
    const conversation = send(simulation, 'node/worker-02:30091', { from: CLIENT });
    const wrote = steps(conversation).find((step) => step.type === 'program');
    const at = (step: number): number =>
      simulation.print('node/worker-02', 'bpf-ct', { conversation: conversation.id, step }).length;
    expect(at((wrote?.id ?? 0) - 1)).toBe(0);
    expect(at(wrote?.id ?? 0)).toBe(2);
  });

  it('points at the line that decided, wherever a program speaks', () => {
    const simulation = open();
    const conversation = send(simulation, 'node/worker-01:30090', { from: CLIENT });
    const printed = new Map(
      ['node/worker-01'].map((netns) => [
        netns,
        new Set(
          (['bpf-lb', 'bpf-ct', 'bpf-nat'] as const).flatMap((tool) =>
            simulation.print(netns, tool).flatMap(({ entry }) => entry ?? []),
          ),
        ),
      ]),
    );
    const said = steps(conversation).filter((step) => step.entry?.table === 'ebpf');
    expect(said.length).toBeGreaterThan(4);
    for (const { entry } of said) expect(printed.get(entry?.netns ?? '')).toContain(entry?.id);
  });
});
