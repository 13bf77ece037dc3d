import { describe, expect, it } from 'vitest';
import type { ClusterSettings } from '../../../../datamodel/cluster/command.ts';
import type { Flow } from '../../../../datamodel/flow/flow.ts';
import type { Step } from '../../../../datamodel/flow/step.ts';
import type { Capture, Conversation } from '../../../../datamodel/flow/trace.ts';
import type { NetnsId } from '../../../../datamodel/network/netnsId.ts';
import { sampleSources } from '../../../../manifests/sample.ts';
import { ipAddress } from '../../../../wire/address.ts';
import { ETHERNET_HEADER_LENGTH } from '../../../../wire/ethernet.ts';
import { parseGeneve } from '../../../../wire/geneve.ts';
import { Ipv4View } from '../../../../wire/ipv4.ts';
import { UDP_HEADER_LENGTH } from '../../../../wire/udp.ts';
import { parseVxlan } from '../../../../wire/vxlan.ts';
import { createSimulation } from '../../../createSimulation.ts';
import type { Simulation } from '../../../simulation.ts';
import { conversationProblems } from '../../../testing/traceProblems.ts';

const ALL = ['cilium-vxlan', 'cilium-geneve', 'cilium-native'] as const;
const OUTSIDE = ipAddress('8.8.8.8');

function sample(settings: Partial<ClusterSettings>): Simulation {
  const created = createSimulation(sampleSources(), { proxyMode: 'ebpf', ...settings });
  if (!created.ok) throw new Error(created.error.map(({ message }) => message).join());
  return created.value;
}

function send(simulation: Simulation, from: NetnsId, to: string, rest: Partial<Flow> = {}): Conversation {
  const target = simulation.resolve(to, 'to');
  if (!target.ok) throw new Error(target.message);
  const { port } = target;
  const base = { from, to: target.to, as: 'ping', payload: 56, repeat: 1, warm: false } as const;
  const conversation = simulation.send({ ...base, ...(port !== undefined && { port }), ...rest });
  expect(conversationProblems(conversation)).toEqual([]);
  return conversation;
}

function podsOf(simulation: Simulation) {
  const pods = simulation.cluster().pods.filter(({ hostNetwork, address }) => !hostNetwork && address !== undefined);
  const [first] = pods;
  const near = pods.find((pod) => pod !== first && pod.node === first?.node);
  const far = pods.findLast(({ node }) => node !== first?.node);
  if (!first?.address || !near?.address || !far?.address) throw new Error('The sample lacks Pods');
  const at = ({ netns, node, address }: typeof first) => ({ netns, node: `node/${node}`, address: address ?? OUTSIDE });
  return { first: at(first), near: at(near), far: at(far) };
}

/** The veth by which a node has a Pod. */
function vethOf(
  simulation: Simulation,
  { node, address }: { readonly node: NetnsId; readonly address: string },
): string {
  const line = simulation.print(node, 'bpf-endpoint').find(({ text }) => text.startsWith(`${address}:0 `));
  const index = /ifindex=(\d+)/.exec(line?.text ?? '')?.[1];
  const links = simulation.print(node, 'ip-addr').map(({ text }) => /^(\d+): ([^@:]+)/.exec(text));
  return links.find((link) => link?.[1] === index)?.[2] ?? 'no veth';
}

function stepsOf(conversation: Conversation, role: 'forward' | 'reply'): readonly Step[] {
  return conversation.traces
    .filter((trace) => trace.role === role)
    .flatMap(({ hops }) => hops.flatMap(({ steps }) => steps));
}

function programs(steps: readonly Step[]) {
  return steps.flatMap((step) => (step.type === 'program' ? [step] : []));
}

/** Hooks that a Pod's packet itself has passed on nodes, what a tunnel made of it aside. */
function hooksOnNodes(conversation: Conversation): readonly Step[] {
  return conversation.traces
    .flatMap(({ hops }) => hops.flatMap((hop): readonly Step[] => hop.steps))
    .filter(({ type, pass, netns }) => type === 'hook' && pass === 'host' && netns.startsWith('node/'));
}

function taps({ captures }: Conversation): readonly string[] {
  return captures
    .filter(({ netns }) => netns.startsWith('node/') || netns.startsWith('pod/'))
    .map(({ netns, device, direction }) => `${netns} ${device} ${direction}`);
}

function frameAt(conversation: Conversation, netns: NetnsId, device: string, direction: Capture['direction']) {
  const found = conversation.captures.find(
    (capture) =>
      capture.netns === netns &&
      capture.device === device &&
      capture.direction === direction &&
      new Ipv4View(capture.bytes, ETHERNET_HEADER_LENGTH).version === 4,
  );
  if (!found) throw new Error(`Nothing was seen at ${netns} ${device} ${direction}`);
  return new Ipv4View(found.bytes, ETHERNET_HEADER_LENGTH);
}

describe.each(ALL)('BPF host routing with %s', (cni) => {
  it('[EB15] [EB20] puts a packet into a Pod of the same node without its veth’s near end', () => {
    const simulation = sample({ cni });
    const { first, near } = podsOf(simulation);
    const conversation = send(simulation, first.netns, near.netns, { warm: true });
    const [out, back] = [vethOf(simulation, first), vethOf(simulation, near)];
    expect(taps(conversation)).toEqual([
      `${first.netns} eth0 out`,
      `${first.node} ${out} in`,
      `${near.netns} eth0 in`,
      `${near.netns} eth0 out`,
      `${near.node} ${back} in`,
      `${first.netns} eth0 in`,
    ]);
    expect(programs(stepsOf(conversation, 'forward'))).toMatchObject([{ helper: 'bpf_redirect_peer' }]);
    expect(frameAt(conversation, near.netns, 'eth0', 'in').ttl).toBe(63);
  });

  it('[EB20] puts what came from another node into its Pod', () => {
    const simulation = sample({ cni });
    const { first, far } = podsOf(simulation);
    const conversation = send(simulation, first.netns, far.netns, { warm: true });
    expect(conversation.outcomes[0]?.type).toBe('answered');
    const veth = vethOf(simulation, far);
    expect(taps(conversation).filter((tap) => tap.startsWith(`${far.node} ${veth} `))).toEqual([
      `${far.node} ${veth} in`,
    ]);
    expect(programs(stepsOf(conversation, 'forward')).at(-1)).toMatchObject({ helper: 'bpf_redirect_peer' });
    const { source } = frameAt(conversation, far.netns, 'eth0', 'in');
    expect(source).toBe(first.address);
  });

  it('passes no hook of netfilter with a Pod’s packet, and leaves conntrack nothing of it', () => {
    const simulation = sample({ cni });
    const { first, near, far } = podsOf(simulation);
    for (const to of [near.netns, far.netns, OUTSIDE]) {
      const conversation = send(simulation, first.netns, to, { as: 'udp', port: 9000 });
      expect(hooksOnNodes(conversation)).toEqual([]);
    }
    const known = simulation.print(first.node, 'conntrack').map(({ text }) => text);
    expect(known.filter((line) => line.includes(first.address))).toEqual([]);
  });

  it('[EB24] remembers connections where they leave and where they arrive', () => {
    const simulation = sample({ cni });
    const { first, far } = podsOf(simulation);
    send(simulation, first.netns, far.netns);
    const lines = (node: NetnsId): readonly string[] => simulation.print(node, 'bpf-ct').map(({ text }) => text);
    const ping = (direction: string): string => `ICMP ${direction} ${first.address}:`;
    expect(lines(first.node).filter((line) => line.startsWith(ping('OUT')))).toHaveLength(1);
    expect(lines(far.node).filter((line) => line.startsWith(ping('IN')))).toHaveLength(1);
  });

  it('[EB25] [EB26] masquerades at the card what goes outside, a ping by its identifier', () => {
    const simulation = sample({ cni });
    const { first } = podsOf(simulation);
    const node = simulation.cluster().nodes.find(({ netns }) => netns === first.node);
    const ping = send(simulation, first.netns, OUTSIDE);
    expect(ping.outcomes[0]?.type).toBe('answered');
    expect(frameAt(ping, first.node, 'eth0', 'out').source).toBe(node?.address);
    expect(frameAt(ping, first.netns, 'eth0', 'in').destination).toBe(first.address);
    const http = send(simulation, first.netns, `${OUTSIDE}:80`, { as: 'http', sourcePort: 40123 });
    expect(http.outcomes[0]?.text).toContain(`saw=${node?.address}:40123`);
    const low = send(simulation, first.netns, `${OUTSIDE}:80`, { as: 'http', sourcePort: 20123 });
    expect(Number(/saw=\S+:(\d+)/.exec(low.outcomes[0]?.text ?? '')?.[1])).toBeGreaterThanOrEqual(32768);
    const nat = simulation.print(first.node, 'bpf-nat').map(({ text }) => text);
    expect(nat).toContainEqual(
      expect.stringContaining(`TCP OUT ${first.address}:40123 -> ${OUTSIDE}:80 XLATE_SRC ${node?.address}:40123`),
    );
  });

  it('[EB26] gives two Pods with one port two', () => {
    const simulation = sample({ cni });
    const { first, near } = podsOf(simulation);
    const seen = [first, near].map(({ netns }) => {
      const conversation = send(simulation, netns, `${OUTSIDE}:80`, { as: 'http', sourcePort: 40123 });
      return /saw=\S+:(\d+)/.exec(conversation.outcomes[0]?.text ?? '')?.[1];
    });
    expect(seen[0]).toBe('40123');
    expect(seen[1]).toMatch(/^\d+$/);
    expect(seen[1]).not.toBe('40123');
  });

  it('[EB27] writes down the node’s own connections, and leaves their ports', () => {
    const simulation = sample({ cni });
    const { first } = podsOf(simulation);
    const node = simulation.cluster().nodes.find(({ netns }) => netns === first.node);
    const http = send(simulation, first.node, `${OUTSIDE}:80`, { as: 'http', sourcePort: 40123 });
    expect(http.outcomes[0]?.text).toContain(`saw=${node?.address}:40123`);
    const nat = simulation.print(first.node, 'bpf-nat').map(({ text }) => text);
    const [line] = nat.filter((text) => text.startsWith(`TCP OUT ${node?.address}:40123 -> ${OUTSIDE}:80 `));
    expect(line).toMatch(/NeedsCT=1$/);
    const pod = send(simulation, first.netns, `${OUTSIDE}:80`, { as: 'http', sourcePort: 40123 });
    expect(pod.outcomes[0]?.text).toMatch(new RegExp(`saw=${node?.address}:(?!40123)\\d+`));
  });

  it('[EB19] loses what has no hop left, and nobody is told', () => {
    const simulation = sample({ cni });
    const { first, near } = podsOf(simulation);
    for (const to of [near.netns, OUTSIDE]) {
      const conversation = send(simulation, first.netns, to, { ttl: 1 });
      expect(conversation.outcomes[0]?.type).toBe('timeout');
      expect(conversation.traces.filter(({ role }) => role === 'error')).toEqual([]);
      expect(programs(stepsOf(conversation, 'forward')).at(-1)).toMatchObject({
        action: 'drop',
        reason: 'DROP_TTL_EXCEEDED',
      });
    }
  });

  it('[EB30] lets no Pod send from an address that is not its own', () => {
    const simulation = sample({ cni });
    const { first, far } = podsOf(simulation);
    simulation.apply({ type: 'exec', netns: first.netns, line: 'ip addr add 10.99.0.1/32 dev eth0' });
    const conversation = send(simulation, first.netns, far.netns, { bind: ipAddress('10.99.0.1') });
    expect(programs(stepsOf(conversation, 'forward'))).toMatchObject([{ reason: 'DROP_INVALID_SIP' }]);
    expect(send(simulation, first.netns, far.netns).outcomes[0]?.type).toBe('answered');
  });

  it('points at the line that decided, wherever a program speaks', () => {
    const simulation = sample({ cni });
    const { first, near, far } = podsOf(simulation);
    for (const to of [near.netns, far.netns, OUTSIDE, `${first.node}`]) {
      const conversation = send(simulation, first.netns, to);
      const said = conversation.traces
        .flatMap(({ hops }) => hops.flatMap(({ steps }) => steps))
        .filter(({ type }) => type === 'program');
      expect(said.every(({ entry }) => entry !== undefined)).toBe(true);
      for (const { entry, id } of said) {
        if (entry?.table !== 'ebpf') continue;
        const at = { conversation: conversation.id, step: id };
        const lines = (['bpf-lb', 'bpf-ct', 'bpf-nat', 'bpf-endpoint', 'bpf-ipcache'] as const).flatMap((tool) =>
          simulation.print(entry.netns, tool, at),
        );
        expect(lines.map((line) => line.entry)).toContain(entry.id);
      }
    }
  });

  it('[EB21] leaves to the host’s stack what is its own', () => {
    const simulation = sample({ cni });
    const { first } = podsOf(simulation);
    const conversation = send(simulation, first.netns, first.node);
    expect(conversation.outcomes[0]?.type).toBe('answered');
    expect(hooksOnNodes(conversation).length).toBeGreaterThan(0);
  });

  it('answers who asks a Pod’s node for a NodePort, and whom the node itself asks', () => {
    const simulation = sample({ cni });
    const { first } = podsOf(simulation);
    const service = simulation.cluster().services.find(({ ports }) => ports.some(({ nodePort }) => nodePort));
    const nodePort = service?.ports.find((port) => port.nodePort)?.nodePort;
    if (nodePort !== undefined) {
      const asked = send(simulation, '192.168.1.100', `${first.node}:${nodePort}`, { as: 'http' });
      expect(asked.outcomes[0]?.type).toBe('answered');
    }
    expect(send(simulation, first.node, first.netns).outcomes[0]?.type).toBe('answered');
  });
});

describe('the VNI', () => {
  it.each([
    ['cilium-vxlan', parseVxlan],
    ['cilium-geneve', parseGeneve],
  ] as const)('is the sender’s identity with %s, in packets of fifty bytes more', (cni, parse) => {
    const simulation = sample({ cni });
    const { first, far } = podsOf(simulation);
    const conversation = send(simulation, first.netns, far.netns);
    const line = simulation
      .print(first.node, 'bpf-endpoint')
      .find(({ text }) => text.startsWith(`${first.address}:0 `));
    const outer = frameAt(conversation, first.node, 'eth0', 'out');
    expect(parse(outer.bytes, outer.payloadOffset + UDP_HEADER_LENGTH).vni).toBe(
      Number(/sec_id=(\d+)/.exec(line?.text ?? '')?.[1]),
    );
    expect(outer.totalLength).toBe(frameAt(conversation, first.netns, 'eth0', 'out').totalLength + 50);
  });
});

describe('native routing past the stack', () => {
  it('[EB16] [EB17] goes by the host’s routes and asks the neighbour itself', () => {
    const simulation = sample({ cni: 'cilium-native' });
    const { first, far } = podsOf(simulation);
    const conversation = send(simulation, first.netns, far.netns);
    const [out] = programs(stepsOf(conversation, 'forward'));
    expect(out).toMatchObject({ helper: 'bpf_redirect_neigh', entry: { table: 'route' } });
    expect(taps(conversation).filter((tap) => tap.includes('cilium_'))).toEqual([]);
    expect(frameAt(conversation, far.netns, 'eth0', 'in').ttl).toBe(62);
    const again = send(simulation, first.netns, far.netns);
    expect(programs(stepsOf(again, 'forward'))[0]).toMatchObject({ helper: 'bpf_redirect' });
  });
});
