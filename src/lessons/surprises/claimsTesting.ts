import { expect } from 'vitest';
import type { NodeView } from '../../datamodel/cluster/view.ts';
import { EthernetView } from '../../wire/ethernet.ts';
import { dissect } from '../../wire/layers.ts';
import { type Performed, type Shown, shownAt } from './testing.ts';

/** The node that a Pod's namespace is on, and the Pod. */
function home({ view }: Performed, netns: string): { readonly node: NodeView; readonly veth: string } {
  const pod = view.pods.find((each) => each.netns === netns);
  const node = view.nodes.find((each) => each.name === pod?.node || each.netns === netns);
  if (!node) throw new Error(`${netns} is on no node`);
  return { node, veth: pod?.hostDevice ?? '' };
}

function address(node: NodeView, device: string): string | undefined {
  return node.devices.find(({ name }) => name === device)?.addresses[0]?.replace(/\/.*/, '');
}

/** Where the request was received last: the server's side of it. */
function server(performed: Performed): { readonly node: NodeView; readonly netns: string; readonly request: Shown } {
  const { conversation, view } = performed;
  const isPod = (netns: string): boolean => netns !== performed.from && view.pods.some((pod) => pod.netns === netns);
  const capture = conversation.captures.find(({ netns, direction }) => direction === 'in' && isPod(netns));
  const request = capture && shownAt(conversation, capture.netns, 'eth0').find(({ ip }) => ip !== undefined);
  if (!capture || !request) throw new Error('No Pod received anything');
  return { node: home(performed, capture.netns).node, netns: capture.netns, request };
}

function outcomes({ conversation }: Performed): readonly string[] {
  return conversation.outcomes.map(({ type }) => type);
}

/** The ICMP error that the sender received, layer by layer. */
function errorAt({ conversation, from }: Performed): Readonly<Record<string, string>> {
  const error = conversation.captures.find(
    ({ netns, direction, bytes }) => netns === from && direction === 'in' && bytes[23] === 1 && bytes[34] !== 0,
  );
  if (!error) throw new Error('The sender received no ICMP error');
  const ip = dissect(error.bytes, 'ethernet').filter(({ protocol }) => protocol === 'IPv4');
  const field = (layer: number, path: string): string =>
    ip[layer]?.fields.find((each) => each.path.endsWith(path))?.value ?? '';
  return {
    type: String(error.bytes[34]),
    code: String(error.bytes[35]),
    source: field(0, 'ipv4.source'),
    about: field(1, 'ipv4.destination'),
  };
}

/** What each surprise says, asked of the frames rather than of its own proof. */
export const CLAIMS: Readonly<Record<string, (performed: Performed) => void>> = {
  'same-node-pods': (performed) => {
    const { request, node } = server(performed);
    expect(outcomes(performed)).toEqual(['answered']);
    expect(request.ip?.ttl).toBe(64);
    expect(shownAt(performed.conversation, node.netns, 'cni0')).toEqual([]);
    const hooks = performed.conversation.traces[0]?.hops.flatMap(({ steps }) =>
      steps.flatMap((step) => (step.type === 'hook' ? `${step.pass} ${step.table} ${step.chain}` : [])),
    );
    expect(hooks).toEqual(['bridge nat PREROUTING', 'bridge filter FORWARD', 'bridge nat POSTROUTING']);
  },
  'ttl-one': (performed) => {
    expect(server(performed).request.ip?.ttl).toBe(1);
    expect(outcomes(performed)).toEqual(['answered']);
  },
  'own-broadcast': ({ conversation, from }) => {
    const [asked, heard] = shownAt(conversation, from, 'eth0');
    expect(asked).toMatchObject({ direction: 'out', ip: undefined, mac: { destination: 'ff:ff:ff:ff:ff:ff' } });
    expect(heard).toMatchObject({ direction: 'in', ip: undefined });
    expect(heard?.mac.source).toBe(asked?.mac.source);
  },
  'before-the-bridge': (performed) => {
    const { conversation, from, called } = performed;
    const { node, veth } = home(performed, from);
    expect(shownAt(conversation, node.netns, veth)[0]?.ip?.destination).toBe(called);
    const atBridge = shownAt(conversation, node.netns, 'cni0').filter(({ direction }) => direction === 'in');
    expect(atBridge.length).toBeGreaterThan(0);
    for (const { ip } of atBridge) expect(ip?.destination).not.toBe(called);
  },
  'bridged-service': (performed) => {
    const { conversation, from, called } = performed;
    const { request, node } = server(performed);
    const [left] = shownAt(conversation, from, 'eth0');
    expect(left?.ip?.destination).toBe(called);
    expect(request.ip?.ttl).toBe(64);
    expect(request.mac.source).toBe(left?.mac.source);
    expect(left?.mac.destination).toBe(node.devices.find(({ name }) => name === 'cni0')?.mac);
    expect(outcomes(performed)).toEqual(['answered']);
  },
  'bridge-netfilter-off': (performed) => {
    const { conversation, from, called } = performed;
    const { request } = server(performed);
    expect(request.ip?.ttl).toBe(63);
    const answers = shownAt(conversation, from, 'eth0').filter(({ direction }) => direction === 'in');
    expect(answers[0]?.ip?.source).toBe(request.ip?.destination);
    for (const { ip } of answers) expect(ip?.source).not.toBe(called);
    expect(conversation.traces.map(({ label }) => label)).toContain('RST');
    expect(outcomes(performed)).toEqual(['timeout']);
  },
  hairpin: (performed) => {
    const { conversation, from } = performed;
    const { node } = home(performed, from);
    const [left, back] = shownAt(conversation, from, 'eth0');
    expect(back).toMatchObject({ direction: 'in' });
    expect(back?.mac.source).toBe(back?.mac.destination);
    expect(back?.mac.source).toBe(left?.mac.source);
    expect(back?.ip?.source).toBe(address(node, 'cni0'));
    expect(back?.ip?.ttl).toBe(64);
    expect(outcomes(performed)).toEqual(['answered']);
  },
  'wrong-port': leaked,
  'ping-cluster-ip': leaked,
  'no-endpoints': (performed) => {
    expect(outcomes(performed)).toEqual(['refused']);
    expect(errorAt(performed)).toMatchObject({ type: '3', code: '3', about: performed.called });
    const { node } = home(performed, performed.from);
    expect(shownAt(performed.conversation, node.netns, 'eth0')).toEqual([]);
    expect(performed.conversation.traces.map(({ label }) => label)).not.toContain('RST');
  },
  'node-process': (performed) => {
    const { conversation, view, from, sender } = performed;
    const node = view.nodes.find(({ netns }) => netns === from);
    const [syn] = shownAt(conversation, from, 'flannel.1');
    expect(syn?.ip?.source).toBe(node && address(node, 'flannel.1'));
    expect(syn?.ip?.source).not.toBe(sender);
    expect(syn?.ip?.ttl).toBe(64);
    const first = conversation.captures.find(({ netns, device }) => netns === from && device === 'flannel.1');
    const tcp = first && dissect(first.bytes, 'ethernet').find(({ protocol }) => protocol === 'TCP');
    expect(tcp?.fields.map(({ value }) => value).join(' ')).toMatch(/\b1460\b/);
  },
  'first-packet-only': (performed) => {
    const { node } = home(performed, performed.from);
    const walks = performed.conversation.traces.map(({ hops }) =>
      hops
        .filter(({ netns }) => netns === node.netns)
        .flatMap(({ steps }) => steps)
        .some((step) => step.type === 'hook' && step.table === 'nat' && step.pass === 'bridge'),
    );
    expect(walks[0]).toBe(true);
    expect(walks.length).toBeGreaterThan(4);
    expect(walks.filter(Boolean)).toHaveLength(1);
  },
  'tunnel-source': (performed) => {
    const entry = performed.view.nodes.find((node) => node.address === performed.called);
    const { request, node } = server(performed);
    expect(node).not.toBe(entry);
    expect(request.ip?.source).toBe(entry && address(entry, 'flannel.1'));
    expect(outcomes(performed)).toEqual(['answered']);
  },
  'lost-client': (performed) => {
    const { request, node } = server(performed);
    expect(node.address).toBe(performed.called);
    expect(request.ip?.source).toBe(address(node, 'cni0'));
    expect(outcomes(performed)).toEqual(['answered']);
  },
  'double-snat': (performed) => {
    const entry = performed.view.nodes.find((node) => node.address === performed.called);
    const own = home(performed, performed.from).node;
    if (!entry) throw new Error('No node was called');
    const arrived = shownAt(performed.conversation, entry.netns, 'eth0').find(({ direction }) => direction === 'in');
    expect(arrived?.ip?.source).toBe(own.address);
    expect(server(performed).request.ip?.source).toBe(address(entry, 'flannel.1'));
    expect(outcomes(performed)).toEqual(['answered']);
  },
  'random-fully': (performed) => {
    const { conversation, from } = performed;
    const { node } = home(performed, from);
    const port = (ip: Shown['ip']): number => ((ip?.bytes[34] ?? 0) << 8) | (ip?.bytes[35] ?? 0);
    const [left] = shownAt(conversation, from, 'eth0');
    const [out] = shownAt(conversation, node.netns, 'eth0').filter(({ direction }) => direction === 'out');
    expect(out?.ip?.source).toBe(node.address);
    expect(port(out?.ip)).not.toBe(port(left?.ip));
  },
  'pod-only-mtu': (performed) => {
    const { conversation, from } = performed;
    expect(conversation.captures.map(({ netns }) => netns)).toEqual([from]);
    expect(shownAt(conversation, from, 'eth0')[0]?.ip?.totalLength).toBe(1500);
    expect(outcomes(performed)).toEqual(['timeout']);
  },
  'saved-by-mss': (performed) => {
    expect(outcomes(performed)).toEqual(['answered']);
    const sizes = shownAt(performed.conversation, performed.from, 'eth0').map(({ ip }) => ip?.totalLength ?? 0);
    expect(Math.max(...sizes)).toBe(1450);
  },
  'error-from-service': (performed) => {
    expect(errorAt(performed)).toEqual({ type: '3', code: '4', source: performed.called, about: performed.called });
    expect(outcomes(performed)).toEqual(['answered']);
  },
  'second-send': (performed) => {
    expect(outcomes(performed)).toEqual(['message-too-long', 'message-too-long']);
    const left = shownAt(performed.conversation, performed.from, 'eth0').filter(({ direction }) => direction === 'out');
    expect(left.map(({ ip }) => ip?.totalLength)).toEqual([1500]);
  },
  'cut-outside': (performed) => {
    const { conversation, from } = performed;
    const { node } = home(performed, from);
    const pieces = shownAt(conversation, node.netns, 'eth0').filter(({ direction }) => direction === 'out');
    expect(pieces.map(({ ip }) => ip?.totalLength)).toEqual([1396, 124]);
    expect(pieces.map(({ ip }) => ip?.dontFragment)).toEqual([false, false]);
    expect(server(performed).request.ip).toMatchObject({ totalLength: 1450, dontFragment: true });
    expect(outcomes(performed)).toEqual(['answered']);
  },
  'fifty-bytes': (performed) => {
    const { node } = home(performed, performed.from);
    const lengths = ['flannel.1', 'eth0'].map(
      (device) => shownAt(performed.conversation, node.netns, device)[0]?.ip?.totalLength,
    );
    expect(lengths).toEqual([1450, 1500]);
  },
  'not-the-pods-mac': (performed) => {
    const { node } = home(performed, performed.from);
    const far = server(performed);
    const mac = shownAt(performed.conversation, node.netns, 'flannel.1')[0]?.mac.destination;
    expect(mac).toBe(far.node.devices.find(({ name }) => name === 'flannel.1')?.mac);
    expect(mac).not.toBe(far.request.mac.destination);
  },
  'hidden-flag': (performed) => {
    const { node } = home(performed, performed.from);
    const flags = ['flannel.1', 'eth0'].map(
      (device) => shownAt(performed.conversation, node.netns, device)[0]?.ip?.dontFragment,
    );
    expect(flags).toEqual([true, false]);
    const outer = shownAt(performed.conversation, node.netns, 'eth0')[0]?.ip?.bytes;
    expect(outer && (outer[40] ?? 0) | (outer[41] ?? 0)).toBeGreaterThan(0);
  },
  'lost-behind-tunnel': (performed) => {
    const { node } = home(performed, performed.from);
    const seen = (device: string): number => shownAt(performed.conversation, node.netns, device).length;
    expect([seen('flannel.1'), seen('eth0')]).toEqual([1, 0]);
    expect(outcomes(performed)).toEqual(['timeout']);
    expect(performed.conversation.traces.map(({ role }) => role)).toEqual(['forward']);
  },
  'no-such-pod': (performed) => {
    const far = performed.view.nodes.find(({ podCidr }) => podCidr?.split('.')[2] === performed.called.split('.')[2]);
    if (!far) throw new Error('The address is on no node');
    const asked = shownAt(performed.conversation, far.netns, 'cni0').filter(({ ip }) => ip === undefined);
    expect(asked.filter(({ direction }) => direction === 'out').map(({ time }) => Math.round(time / 1e9))).toHaveLength(
      3,
    );
    expect(errorAt(performed)).toEqual({
      type: '3',
      code: '1',
      source: address(far, 'flannel.1'),
      about: performed.called,
    });
    expect(performed.conversation.end - performed.conversation.start).toBeGreaterThan(3e9);
  },
  'asked-in-vain': (performed) => {
    const { node } = home(performed, performed.from);
    const onTunnel = shownAt(performed.conversation, node.netns, 'flannel.1');
    expect(onTunnel.map(({ ip, mac }) => [ip, mac.destination])).toEqual(
      Array.from({ length: 3 }, () => [undefined, 'ff:ff:ff:ff:ff:ff']),
    );
    expect(shownAt(performed.conversation, node.netns, 'eth0')).toEqual([]);
    expect(outcomes(performed)).toEqual(['unreachable']);
  },
  'router-nobody-knows': (performed) => {
    const far = performed.view.nodes.find(({ podCidr }) => podCidr?.split('.')[2] === performed.called.split('.')[2]);
    const { type, source } = errorAt(performed);
    expect(type).toBe('11');
    expect(source).toBe(far && address(far, 'flannel.1'));
  },
  'routed-by-ipvs': (performed) => {
    const { request, node } = server(performed);
    expect(request.ip?.ttl).toBe(63);
    expect(request.mac.source).toBe(node.devices.find(({ name }) => name === 'cni0')?.mac);
    const answer = shownAt(performed.conversation, performed.from, 'eth0').find(
      ({ direction, ip }) => direction === 'in' && ip !== undefined,
    );
    expect(answer?.ip).toMatchObject({ ttl: 64, source: performed.called });
    expect(outcomes(performed)).toEqual(['answered']);
  },
  'local-anywhere': (performed) => {
    const { node, request } = server(performed);
    const entry = performed.view.nodes.find(({ address }) => address === performed.called);
    expect(node).not.toBe(entry);
    expect(request.ip?.source).toBe(entry && address(entry, 'flannel.1'));
    expect(outcomes(performed)).toEqual(['answered']);
  },
  'refused-by-itself': (performed) => {
    refusedAtHome(performed);
    expect(errorAt(performed).source).toBe(performed.called);
    expect(outcomes(performed)).toEqual(['refused']);
  },
  'ping-refused': (performed) => {
    refusedAtHome(performed);
    expect(errorAt(performed).source).not.toBe(performed.called);
  },
  'everybody-answers': (performed) => {
    const { conversation, view, from } = performed;
    // who has, sent by the client, is answered by is-at frames: byte 21 of ARP says which
    const answers = conversation.captures.filter(
      ({ netns, direction, bytes }) => netns === from && direction === 'in' && bytes[13] === 6 && bytes[21] === 2,
    );
    const macs = view.nodes.map((node) => node.devices.find(({ name }) => name === 'eth0')?.mac);
    expect(answers.map(({ bytes }) => new EthernetView(bytes).source).toSorted()).toEqual(macs.toSorted());
    for (const { bytes } of answers) expect([...bytes.subarray(28, 32)].join('.')).toBe(performed.called);
  },
  'called-by-itself': (performed) => {
    const { conversation, from } = performed;
    expect(shownAt(conversation, from, 'lo')).toEqual([]);
    const out = conversation.captures.find(({ netns, direction }) => netns === from && direction === 'out');
    const tcp = out && dissect(out.bytes, 'ethernet').find(({ protocol }) => protocol === 'TCP');
    expect(tcp?.fields.map(({ value }) => value).join(' ')).toMatch(/\b65495\b/);
    const asked = conversation.traces[0]?.hops[0]?.steps.find(({ type }) => type === 'originate');
    expect([...(asked?.bytes.subarray(12, 16) ?? [])].join('.')).toBe(performed.called);
    expect(outcomes(performed)).toEqual(['answered']);
  },
};

/** The ICMP error's source is the address that was asked, and nothing has left the node. */
function refusedAtHome(performed: Performed): void {
  const { node } = home(performed, performed.from);
  expect(shownAt(performed.conversation, node.netns, 'eth0')).toEqual([]);
  expect(errorAt(performed)).toMatchObject({ type: '3', code: '3', about: performed.called });
}

/** Out of the node with the ClusterIP as it was, the node as its source, and no answer. */
function leaked(performed: Performed): void {
  const { conversation, from, called } = performed;
  const { node } = home(performed, from);
  const [out] = shownAt(conversation, node.netns, 'eth0').filter(({ direction }) => direction === 'out');
  expect(out?.ip).toMatchObject({ source: node.address, destination: called });
  expect(shownAt(conversation, from, 'eth0').filter(({ direction }) => direction === 'in')).toEqual([]);
  expect(outcomes(performed)).toEqual(['timeout']);
}
