import type { Flow } from '../../../../datamodel/flow/flow.ts';
import type { Step } from '../../../../datamodel/flow/step.ts';
import type { Link } from '../../../../datamodel/network/link.ts';
import type { Hook, NetfilterTable, Rule, TableName } from '../../../../datamodel/network/netfilter.ts';
import type { Netns } from '../../../../datamodel/network/netns.ts';
import type { NftTable } from '../../../../datamodel/network/nftables.ts';
import type { InterfaceAddress, Route } from '../../../../datamodel/network/tables.ts';
import { ipAddress, ipPrefix, macAddress } from '../../../../wire/address.ts';
import { EventQueue } from '../../eventQueue.ts';
import { installLateParts } from '../../installLateParts.ts';
import type { IcmpError, Kernel, Stack } from '../../kernel.ts';
import { Recorder } from '../../recorder.ts';
import { buildFib } from '../../route/fib.ts';
import { withKernelRoutes } from '../../route/kernelRoutes.ts';
import { uplinks } from '../../route/uplinks.ts';
import { Skb, type SkbMeta } from '../../skb.ts';
import { runHook } from '../hooks.ts';
import { iptablesRestore, iptablesRule } from './iptablesRestore.ts';

installLateParts();

/** A node with its tables, whose surroundings (devices, sockets) only note what they are asked to do. */
export interface TestKernel {
  readonly kernel: Kernel;
  readonly recorder: Recorder;
  readonly queue: EventQueue;
  /** What was handed to the rest of the stack. */
  readonly sent: { errors: IcmpError[]; local: Skb[]; frames: { skb: Skb; link: string }[] };
  readonly defragment: { result: (skb: Skb) => Skb | undefined };
  packet(bytes: Uint8Array, meta?: Partial<SkbMeta>): Skb;
  /** Steps recorded since the last call, whatever packet they are about. */
  steps(): Step[];
  through(skb: Skb, hook: Hook, inputDevice?: string, outputDevice?: string): 'accept' | 'drop';
}

export interface TestNode {
  readonly tables?: readonly NetfilterTable[];
  readonly nftables?: readonly NftTable[];
  /** Base chains in the order in which they came. */
  readonly registered?: readonly string[];
  readonly sysctls?: Readonly<Record<string, string>>;
  readonly pick?: Flow['pick'];
  readonly seed?: number;
  readonly node?: 1 | 2;
  /** A second address of eth0, and where it leads. */
  readonly also?: { readonly address: string; readonly to: string; readonly via: string };
}

/** A table of chains written as iptables would: `{ FORWARD: ['-s 10.0.0.0/8 -j ACCEPT'] }`; built-in chains accept. */
export function table(
  name: TableName,
  chains: Readonly<Record<string, readonly (string | Rule)[]>>,
  policy: 'ACCEPT' | 'DROP' = 'ACCEPT',
): NetfilterTable {
  const list = Object.entries(chains).map(([chain, rules]) => ({
    name: chain,
    ...(/^[A-Z]+ING$|PUT$|^FORWARD$/.test(chain) && { policy }),
    rules: rules.map((rule, i) =>
      typeof rule === 'string'
        ? iptablesRule(`${name} ${chain} ${i + 1}`, rule)
        : { ...rule, id: `${name} ${chain} ${i + 1}` },
    ),
  }));
  return { family: 'ipv4', name, chains: list };
}

export function savedTables(text: string): readonly NetfilterTable[] {
  return iptablesRestore(text);
}

export function testKernel(options: TestNode = {}): TestKernel {
  const queue = new EventQueue(1_000_000_000_000);
  const recorder = new Recorder(() => queue.now);
  const config = nodeConfig(options);
  const sent: TestKernel['sent'] = { errors: [], local: [], frames: [] };
  const defragment: TestKernel['defragment'] = { result: () => undefined };
  const world = {
    queue,
    recorder,
    seed: options.seed ?? 1,
    bootSeed: 1,
    ...(options.pick && { pick: options.pick }),
    kernel: () => undefined,
  };
  const fib = buildFib(config);
  const stack = {
    runHook,
    defragment: (_kernel: Kernel, skb: Skb) => defragment.result(skb),
    icmpSend: (_kernel: Kernel, _skb: Skb, error: IcmpError) => sent.errors.push(error) > 0,
    ipLocalOut: (_kernel: Kernel, skb: Skb) => sent.local.push(skb),
    transmit: (_kernel: Kernel, skb: Skb, link: Link) => sent.frames.push({ skb, link: link.name }),
    routeOutput: (_kernel: Kernel, query: Parameters<Stack['routeOutput']>[1]) => {
      const found = fib.lookup(query);
      return found?.result ? { ok: true, route: found.result } : { ok: false, error: 'ENETUNREACH' };
    },
  } as unknown as Stack;
  const kernel = {
    id: config.id,
    world,
    stack,
    config,
    links: new Map(config.links.map((link) => [link.name, link])),
    uplinks: uplinks(config),
    fib,
    neighbors: new Map(),
    fdb: new Map(),
    connections: new Map(),
    recent: new Map(),
    ipvs: { connections: new Map(), scheduling: new Map() },
    fragments: new Map(),
    pathMtus: new Map(),
    ipIds: new Map(),
    sockets: {},
  } as unknown as Kernel;
  let seen = 0;
  return {
    kernel,
    recorder,
    queue,
    sent,
    defragment,
    packet(bytes, meta = {}) {
      const trace = recorder.begin({ origin: { type: 'flow' }, label: 'test', role: 'forward', exchange: 'flow' });
      return new Skb(bytes, 'ip', { trace, mark: 0, packetType: 'host', pass: 'host', direction: 'down', ...meta });
    },
    steps() {
      const all = recorder
        .finish()
        .flatMap((trace) => trace.hops)
        .flatMap((hop) => hop.steps)
        .toSorted((a, b) => a.id - b.id);
      const fresh = all.filter((step) => step.id >= seen);
      seen = (all.at(-1)?.id ?? -1) + 1;
      return fresh;
    },
    through: (skb, hook, inputDevice, outputDevice) => runHook(kernel, skb, hook, { inputDevice, outputDevice }),
  };
}

/** Node 1 or 2 of the captured cluster: flannel with VXLAN, cni0 as the Pods' bridge. */
function nodeConfig({ tables = [], sysctls = {}, node = 1, also, nftables, registered }: TestNode): Netns {
  const pods = `10.244.${node - 1}`;
  const other = 2 - node;
  const peer = { netns: 'elsewhere', link: 'eth0' };
  const base = { owner: 'test', up: true } as const;
  const mac = (last: number) => macAddress(`02:00:00:00:0${node}:0${last}`);
  const links: Link[] = [
    { ...base, name: 'lo', kind: 'loopback', index: 1, mtu: 65_536, mac: macAddress('00:00:00:00:00:00') },
    { ...base, name: 'eth0', kind: 'physical', index: 2, mtu: 1500, mac: mac(2), peer },
    { ...base, name: 'cni0', kind: 'bridge', index: 3, mtu: 1450, mac: mac(3) },
    {
      ...base,
      name: 'veth1a',
      kind: 'veth',
      index: 4,
      mtu: 1450,
      mac: mac(4),
      peer,
      port: { bridge: 'cni0', hairpin: true, learning: true, flood: true },
    },
    {
      ...base,
      name: 'flannel.1',
      kind: 'vxlan',
      index: 6,
      mtu: 1450,
      mac: mac(6),
      vni: 1,
      local: ipAddress(`192.168.1.1${node}`),
      lower: 'eth0',
      destinationPort: 8472,
      learning: false,
      udpChecksum: true,
    },
  ];
  const address = (link: string, text: string): InterfaceAddress => {
    const { address: own, length } = ipPrefix(text);
    return { id: `address ${text}`, owner: 'test', link, address: own, prefixLength: length, scope: 'global' };
  };
  const route = (to: string, dev: string, via: string): Route => ({
    id: `route ${to}`,
    owner: 'test',
    table: 254,
    type: 'unicast',
    destination: ipPrefix(to),
    dev,
    via: ipAddress(via),
    scope: 'global',
    onlink: true,
    metric: 0,
    protocol: 'static',
  });
  return withKernelRoutes({
    id: `node/node${node}`,
    links,
    addresses: [
      { ...address('lo', '127.0.0.1/8'), scope: 'host' },
      address('eth0', `192.168.1.1${node}/24`),
      address('cni0', `${pods}.1/24`),
      address('flannel.1', `${pods}.0/32`),
      ...(also ? [address('eth0', also.address)] : []),
    ],
    routes: [
      ...(also ? [route(also.to, 'eth0', also.via)] : []),
      route('0.0.0.0/0', 'eth0', '192.168.1.1'),
      route(`10.244.${other}.0/24`, 'flannel.1', `10.244.${other}.0`),
    ],
    neighbors: [],
    fdb: [],
    netfilter: tables,
    ...(nftables && { nftables }),
    ...(registered && { registered }),
    sysctls: { 'net.ipv4.ip_forward': '1', ...sysctls },
    listeners: [],
  });
}
