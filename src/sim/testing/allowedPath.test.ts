import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Flow } from '../../datamodel/flow/flow.ts';
import type { Capture, Conversation } from '../../datamodel/flow/trace.ts';
import type { Chain, Rule } from '../../datamodel/network/netfilter.ts';
import type { Netns } from '../../datamodel/network/netns.ts';
import { ipAddress, macAddress } from '../../wire/address.ts';
import { ETHERNET_HEADER_LENGTH, EthernetView } from '../../wire/ethernet.ts';
import { Ipv4View } from '../../wire/ipv4.ts';
import { createSimulation } from '../createSimulation.ts';
import type { Simulation } from '../simulation.ts';
import { pathProblems } from './allowedPath.ts';

const text = readFileSync(new URL('../captured/cluster.yaml', import.meta.url), 'utf8');
const NODE = 'node/node1';
const REMOTE = '10.244.1.3';

function simulate(): Simulation {
  const created = createSimulation([{ name: 'cluster.yaml', text }], { cni: 'flannel-vxlan' });
  if (!created.ok) throw new Error('The captured cluster does not load');
  return created.value;
}

function send(simulation: Simulation, to: string, more: Partial<Flow> = {}): Conversation {
  return simulation.send({
    from: 'pod/default/p1a',
    to: { type: 'address', address: ipAddress(to) },
    as: 'ping',
    payload: 56,
    repeat: 1,
    warm: false,
    ...more,
  });
}

/** What the checker says when a namespace's tables had been others than those the packets met. */
function withTables(id: string, change: (netns: Netns) => Partial<Netns>, to = REMOTE, more?: Partial<Flow>): string {
  const simulation = simulate();
  const conversation = send(simulation, to, more);
  const problems = pathProblems(conversation, (each) => {
    const netns = simulation.netns(each);
    return netns && each === id ? { ...netns, ...change(netns) } : netns;
  });
  return problems.join('\n');
}

/** What the checker says when one frame had been another. */
function withFrame(which: (capture: Capture) => boolean, change: (bytes: Uint8Array) => void): string {
  const simulation = simulate();
  const conversation = send(simulation, REMOTE);
  const at = conversation.captures.findIndex((capture) => which(capture) && isIp(capture));
  if (at < 0) throw new Error('No such frame');
  const captures = conversation.captures.map((capture, i) => {
    if (i !== at) return capture;
    const bytes = capture.bytes.slice();
    change(bytes);
    return { ...capture, bytes };
  });
  return pathProblems({ ...conversation, captures }, (id) => simulation.netns(id)).join('\n');
}

const isIp = ({ bytes }: Capture): boolean => new EthernetView(bytes).etherType === 0x0800;
const seen = (netns: string, device: string, direction: string) => (capture: Capture) =>
  capture.netns === netns && capture.device === device && capture.direction === direction;

function linkOf(netns: Netns, name: string, change: object): Partial<Netns> {
  return { links: netns.links.map((link) => (link.name === name ? { ...link, ...change } : link)) };
}

function chainOf(netns: Netns, name: string, change: (chain: Chain) => Chain): Partial<Netns> {
  return {
    netfilter: netns.netfilter.map((table) =>
      table.name === 'filter'
        ? { ...table, chains: table.chains.map((chain) => (chain.name === name ? change(chain) : chain)) }
        : table,
    ),
  };
}

const drop = (matches: Rule['matches'] = []): Rule => ({
  id: 'forged',
  owner: 'user',
  matches,
  target: { type: 'DROP' },
});
const first = (chain: Chain, rule: Rule): Chain => ({ ...chain, rules: [rule, ...chain.rules] });

describe('the checker of paths', () => {
  it.each([
    ['a ping across nodes', REMOTE, {}],
    ['a ping on one node', '10.244.0.3', {}],
    ['a Service', '10.96.42.10', { as: 'http', port: 80, payload: 0 }],
    ['a NodePort of another node', '192.168.1.12', { as: 'http', port: 30080, payload: 0 }],
    ['fragments', REMOTE, { as: 'udp', port: 9000, payload: 5000 }],
    ['a host outside', '192.168.1.100', { as: 'http', port: 8080, payload: 3000 }],
  ] as const)('finds nothing wrong with %s', (_, to, more) => {
    const simulation = simulate();
    const conversation = send(simulation, to, more);
    expect(conversation.outcomes.map(({ type }) => type)).toEqual(['answered']);
    expect(pathProblems(conversation, (id) => simulation.netns(id))).toEqual([]);
  });

  it.each<[string, string, (netns: Netns) => Partial<Netns>]>([
    ['down', NODE, (netns) => linkOf(netns, 'eth0', { up: false })],
    ['no such device', NODE, (netns) => ({ links: netns.links.filter((link) => link.name !== 'flannel.1') })],
    ['longer than the MTU', NODE, (netns) => linkOf(netns, 'flannel.1', { mtu: 80 })],
    ['longer than the MTU', 'pod/default/p2b', (netns) => linkOf(netns, 'eth0', { mtu: 76 })],
    [
      'the route to 10.244.1.3',
      NODE,
      (netns) => ({ routes: netns.routes.filter(({ destination }) => destination.address !== '10.244.1.0') }),
    ],
    [
      'does not have the MAC',
      NODE,
      (netns) => ({ neighbors: netns.neighbors.map((entry) => ({ ...entry, mac: OTHER_MAC })) }),
    ],
    [
      'no forwarding entry leads',
      NODE,
      (netns) => ({ fdb: netns.fdb.filter((entry) => entry.dst !== '192.168.1.12') }),
    ],
    ['does not forward', NODE, (netns) => ({ sysctls: { ...netns.sysctls, 'net.ipv4.ip_forward': '0' } })],
    [
      'not an address of it',
      'pod/default/p2b',
      (netns) => ({ routes: netns.routes.filter(({ table }) => table !== 255) }),
    ],
    ['FORWARD forbids', NODE, (netns) => chainOf(netns, 'FORWARD', (chain) => first(chain, drop()))],
    [
      'FORWARD forbids',
      NODE,
      (netns) => chainOf(netns, 'FORWARD', (chain) => first(chain, drop([{ type: 'protocol', protocol: 'icmp' }]))),
    ],
    [
      'FORWARD forbids',
      'node/node2',
      (netns) => chainOf(netns, 'FORWARD', () => ({ name: 'FORWARD', policy: 'DROP', rules: [] })),
    ],
    ['INPUT forbids the outer', 'node/node2', (netns) => chainOf(netns, 'INPUT', (chain) => first(chain, drop()))],
    ['OUTPUT forbids', NODE, (netns) => chainOf(netns, 'OUTPUT', (chain) => first(chain, drop()))],
    ['tunnel’s VNI', 'node/node2', (netns) => linkOf(netns, 'flannel.1', { vni: 2 })],
  ])('says "%s" when the tables of %s do not allow it', (words, id, change) => {
    expect(withTables(id, change)).toContain(words);
  });

  it('lets a rule that cannot match pass', () => {
    const other = drop([{ type: 'protocol', protocol: 'udp' }]);
    expect(withTables(NODE, (netns) => chainOf(netns, 'FORWARD', (chain) => first(chain, other)))).toBe('');
  });

  it('sees a frame go back through a port without hairpin, and a bridge that translates without hooks', () => {
    const flow = { from: 'pod/default/p1b', as: 'http', port: 80, payload: 0, pick: PICK, warm: true } as const;
    const off = (netns: Netns): Partial<Netns> => ({
      links: netns.links.map((link) => (link.port ? { ...link, port: { ...link.port, hairpin: false } } : link)),
    });
    const noHooks = (netns: Netns): Partial<Netns> => ({
      sysctls: { ...netns.sysctls, 'net.bridge.bridge-nf-call-iptables': '0' },
    });
    expect(withTables(NODE, off, '10.96.42.10', flow)).toContain('without hairpin');
    expect(withTables(NODE, noHooks, '10.96.42.10', flow)).toContain('changes nothing');
  });

  it.each<[string, (capture: Capture) => boolean, (bytes: Uint8Array) => void]>([
    ['TTL 64 became', seen(NODE, 'flannel.1', 'out'), (bytes) => setTtl(bytes, 64)],
    ['the frame changed on the cable', seen('node/node2', 'eth0', 'in'), (bytes) => bytes.fill(9, 60, 62)],
    ['not what was inside', seen('node/node2', 'flannel.1', 'in'), (bytes) => bytes.fill(9, 40, 42)],
    ['the frame is not for this host', seen(NODE, 'cni0', 'in'), (bytes) => setDestination(bytes)],
    ['does not have the MAC', seen('pod/default/p1a', 'eth0', 'out'), (bytes) => setDestination(bytes)],
    ['nothing turns', seen(NODE, 'flannel.1', 'out'), (bytes) => setSource(bytes)],
  ])('says "%s" about a forged frame', (words, which, change) => {
    expect(withFrame(which, change)).toContain(words);
  });

  it('misses a hop that is left out', () => {
    const simulation = simulate();
    const conversation = send(simulation, REMOTE);
    const captures = conversation.captures.filter(({ netns }) => netns !== 'underlay');
    expect(pathProblems({ ...conversation, captures }, (id) => simulation.netns(id)).join()).toContain(
      'its cable leads to',
    );
  });
});

const OTHER_MAC = macAddress('02:00:00:00:00:99');
const PICK = { address: ipAddress('10.244.0.3'), port: 8080 };

function setTtl(bytes: Uint8Array, ttl: number): void {
  new Ipv4View(bytes, ETHERNET_HEADER_LENGTH).ttl = ttl;
}

function setSource(bytes: Uint8Array): void {
  new Ipv4View(bytes, ETHERNET_HEADER_LENGTH).source = ipAddress('10.9.9.9');
}

function setDestination(bytes: Uint8Array): void {
  new EthernetView(bytes).destination = OTHER_MAC;
}
