import type { DeviceView, NodeView } from '../../datamodel/cluster/view.ts';
import { isTunnel } from '../../datamodel/network/link.ts';
import type { TableName } from '../../datamodel/network/netfilter.ts';
import type { DetailLevel } from '../detail.ts';
import type { HookPart, Lane, Slot } from '../place.ts';
import { kernelTitle } from './kernelWords.ts';
import type { Metrics } from './metrics.ts';
import { type BlockKind, type BlockTitle, deviceStation, type Face, rowStation, type StationKind } from './model.ts';

/** A row before it has a place: what each lane reads there, and how high it is. */
export interface RowPlan {
  readonly height: number;
  readonly faces: Readonly<Partial<Record<Lane, Face>>>;
}

export interface BlockPlan {
  readonly kind: BlockKind;
  readonly title?: BlockTitle;
  readonly rows: readonly RowPlan[];
}

type TablePart = TableName | 'nftables';

/** iptables' tables, and between them those of nft, which stand together: their base chains lie before and behind. */
const TABLES_AT: Readonly<Partial<Record<Slot, readonly TablePart[]>>> = {
  prerouting: ['raw', 'mangle', 'nftables', 'nat'],
  input: ['mangle', 'filter', 'nftables', 'nat'],
  forward: ['mangle', 'filter', 'nftables'],
  output: ['raw', 'mangle', 'nftables', 'nat', 'filter'],
  postrouting: ['mangle', 'nat', 'nftables'],
};
/** Where conntrack looks packets up, and where it confirms what it made. */
const CONNTRACK_FIRST: ReadonlySet<Slot> = new Set(['prerouting', 'output']);
const CONNTRACK_LAST: ReadonlySet<Slot> = new Set(['input', 'postrouting']);

/**
 * Both lanes meet the hooks in the order of the kernel; a column is read downwards, so that arriving is the other way round.
 * What is forwarded can change lanes after its route: there the one lane's route stands beside the other's forward.
 */
const DOWN_ORDER: readonly Slot[] = ['prerouting', 'route', 'input', 'output', 'forward', 'postrouting'];

/** The boxes of a node, from its Pods to its cable, as its real devices make them. */
export function planNode(node: NodeView, level: DetailLevel, metrics: Metrics): readonly BlockPlan[] {
  const nics = node.devices.filter((device) => device.kind === 'physical');
  const nicBlock: BlockPlan = { kind: 'nic', rows: nics.map((device) => deviceRow(node, device.name, level, metrics)) };
  if (level === 'cluster') return [nodeBlock(node, metrics), ...(nics.length > 0 ? [nicBlock] : [])];
  const bridges = node.devices.filter((device) => device.kind === 'bridge');
  const tunnels = node.devices.filter((device) => isTunnel(device));
  const blocks: BlockPlan[] = [];
  if (bridges.length > 0 && node.bridgeNetfilter) {
    const title = { left: 'br_netfilter', right: ['bridge port'] };
    blocks.push({ kind: 'port', rows: portRows(node, level, metrics), ...(level === 'kernel' && { title }) });
  }
  if (bridges.length > 0)
    blocks.push({ kind: 'bridge', rows: bridges.map((device) => deviceRow(node, device.name, level, metrics)) });
  blocks.push(kernelBlock(node, level, metrics));
  if (tunnels.length > 0) {
    blocks.push({ kind: 'tunnel', rows: tunnels.map((device) => deviceRow(node, device.name, level, metrics)) });
    blocks.push({ kind: 'outer', rows: outerRows(node, level, metrics) });
  }
  if (nics.length > 0) blocks.push(nicBlock);
  return blocks;
}

function nodeBlock(node: NodeView, metrics: Metrics): BlockPlan {
  const [note] = kernelTitle(node).right;
  const face = (lane: Lane): Face => ({
    ...plain(node, rowStation(node.netns, lane, 'node'), 'Linux kernel', 'node', `kernel of ${node.name}`),
    labelFont: 'words',
    strong: true,
    ...(note !== undefined && { note }),
  });
  return { kind: 'node', rows: [{ height: metrics.twoLines + 6, faces: { down: face('down'), up: face('up') } }] };
}

function deviceRow(node: NodeView, name: string, level: DetailLevel, metrics: Metrics): RowPlan {
  const device = node.devices.find((candidate) => candidate.name === name)!;
  const address = device.addresses[0];
  const face = (lane: Lane): Face => {
    const kind = device.kind === 'bridge' ? 'bridge' : isTunnel(device) ? 'tunnel' : 'nic';
    const base = plain(node, deviceStation(node.netns, lane, name), name, kind, name);
    if (kind === 'bridge') return { ...base, ...(address && { aside: address }) };
    const note = kind === 'tunnel' ? tunnelNote(device) : address;
    return {
      ...base,
      strong: true,
      noteTone: kind === 'tunnel' ? 'tunnel' : 'faint',
      ...(note && { note }),
      ...(level !== 'cluster' && { aside: `mtu ${device.mtu}` }),
    };
  };
  return {
    height: device.kind === 'bridge' ? metrics.line + 6 : metrics.twoLines + 2,
    faces: { down: face('down'), up: face('up') },
  };
}

/** What a tunnel's end is, in the field's words. */
function tunnelNote({ kind, vni }: DeviceView): string {
  if (kind === 'vxlan') return `VTEP${vni === undefined ? '' : ` · VNI ${vni}`}`;
  return kind === 'ipip' ? 'IP in IP' : kind === 'geneve' ? 'Geneve' : 'WireGuard';
}

function plain(node: NodeView, station: string, label: string, kind: StationKind, name: string): Face {
  return {
    station,
    label,
    kind,
    name: `${node.name}, ${name}`,
    labelFont: 'terminal',
    strong: false,
    noteTone: 'faint',
    indent: false,
  };
}

/** Where IPVS is in use it stands before the nat of what has come, behind the nat of what is sent. */
function withIpvs(node: NodeView, slot: Slot, tables: readonly TablePart[]): readonly (TablePart | 'ipvs')[] {
  if (!node.virtualServers || (slot !== 'input' && slot !== 'forward' && slot !== 'output')) return tables;
  const isEarlier = (table: TablePart): boolean => (slot === 'output' ? table !== 'filter' : table !== 'nat');
  return [...tables.filter(isEarlier), 'ipvs', ...tables.filter((table) => !isEarlier(table))];
}

function partsOf(node: NodeView, slot: Slot): readonly HookPart[] {
  const tables = withIpvs(
    node,
    slot,
    (TABLES_AT[slot] ?? []).filter((table) =>
      table === 'nftables' ? node.nftables !== undefined : node.rules[table] > 0,
    ),
  );
  if (CONNTRACK_FIRST.has(slot)) {
    // raw runs before conntrack: that is what it is for
    const raw = tables.filter((table) => table === 'raw');
    return [...raw, 'conntrack', ...tables.filter((table) => table !== 'raw')];
  }
  return CONNTRACK_LAST.has(slot) ? [...tables, 'conntrack'] : tables;
}

/** A hook and, at kernel level, its tables in the order in which the lane meets them. */
function hookFaces(node: NodeView, lane: Lane, slot: Slot, level: DetailLevel, asPort?: Slot): Face[] {
  const own = asPort ?? slot;
  const where = asPort ? `${slot} at the bridge port` : own.startsWith('outer') ? `${slot} of the outer packet` : slot;
  const station = rowStation(node.netns, lane, own);
  const main: Face = { ...plain(node, station, slot, 'hook', where), labelFont: 'words' };
  if (level !== 'kernel') return [main];
  const ownParts: readonly HookPart[] =
    own === 'portPrerouting' ? [...partsOf(node, slot), 'route'] : partsOf(node, slot);
  const parts = ownParts.map((part) => {
    const isTable = part !== 'conntrack' && part !== 'route' && part !== 'ipvs';
    const label = isTable ? `${part} ${slot.toUpperCase()}` : part;
    const table = plain(node, rowStation(node.netns, lane, own, part), label, 'hook', `${where}, ${part}`);
    return { ...table, indent: true };
  });
  const whole: Face = { ...main, parts: parts.map((part) => part.station) };
  // a lane that arrives is read upwards: what is met first stands lowest
  return lane === 'down' ? [whole, ...parts] : [...parts.toReversed(), whole];
}

/** Pairs the lanes' faces row by row: as many rows as the longer lane has. */
function pairUp(down: readonly Face[], up: readonly Face[], metrics: Metrics): RowPlan[] {
  return Array.from({ length: Math.max(down.length, up.length) }, (_, i) => {
    const [first, second] = [down[i], up[i]];
    const height = Math.max(...[first, second].map((face) => (face?.note ? metrics.twoLines : metrics.line)));
    return { height, faces: { ...(first && { down: first }), ...(second && { up: second }) } };
  });
}

/** br_netfilter runs the hooks of IP inside the bridge: prerouting where a frame comes in, the others where it goes out. */
function portRows(node: NodeView, level: DetailLevel, metrics: Metrics): RowPlan[] {
  if (level === 'kernel') {
    const down = hookFaces(node, 'down', 'prerouting', level, 'portPrerouting');
    const up = [
      ...hookFaces(node, 'up', 'postrouting', level, 'portPostrouting'),
      ...hookFaces(node, 'up', 'forward', level, 'portForward'),
    ];
    return pairUp(down, up, metrics);
  }
  const face = (lane: Lane, label: string): Face => {
    const station = rowStation(node.netns, lane, 'ports');
    return { ...plain(node, station, label, 'hook', `${label} at the bridge port`), labelFont: 'words' };
  };
  return pairUp(withNote([face('down', 'prerouting')]), withNote([face('up', 'forward, postrouting')]), metrics);
}

function withNote(faces: readonly Face[]): Face[] {
  return faces.map((face, i) => (i === 0 ? { ...face, note: 'br_netfilter', aside: 'bridge port' } : face));
}

function kernelBlock(node: NodeView, level: DetailLevel, metrics: Metrics): BlockPlan {
  const title = kernelTitle(node);
  const socket = (lane: Lane): Face => ({
    ...plain(
      node,
      rowStation(node.netns, lane, level === 'kernel' ? 'socket' : 'local'),
      'local process',
      'socket',
      'local process',
    ),
    labelFont: 'words',
  });
  const faces = (lane: Lane, slot: Slot): Face[] => hookFaces(node, lane, slot, level);
  if (level === 'kernel') {
    const down = DOWN_ORDER.flatMap((slot) =>
      slot === 'output' ? [socket('down'), ...faces('down', slot)] : faces('down', slot),
    );
    const up = DOWN_ORDER.toReversed().flatMap((slot) =>
      slot === 'input' ? [socket('up'), ...faces('up', slot)] : faces('up', slot),
    );
    return { kind: 'kernel', title, rows: pairUp(down, up, metrics) };
  }
  const down = [
    ...faces('down', 'prerouting'),
    ...faces('down', 'route'),
    socket('down'),
    ...faces('down', 'forward'),
    ...faces('down', 'postrouting'),
  ];
  const up = [
    ...faces('up', 'postrouting'),
    ...faces('up', 'forward'),
    socket('up'),
    ...faces('up', 'route'),
    ...faces('up', 'prerouting'),
  ];
  return { kind: 'kernel', title, rows: pairUp(down, up, metrics) };
}

/** The outer packet is made here when it leaves and taken here when it arrives: never forwarded. */
function outerRows(node: NodeView, level: DetailLevel, metrics: Metrics): RowPlan[] {
  const one = (lane: Lane, slot: Slot, label: string): Face => ({
    ...plain(node, rowStation(node.netns, lane, slot), label, 'hook', label),
    labelFont: 'words',
  });
  if (level === 'kernel') {
    const down = [
      one('down', 'outerOutput', 'outer: route, output'),
      one('down', 'outerPostrouting', 'outer: postrouting'),
    ];
    const up = [
      one('up', 'outerInput', 'outer: input'),
      one('up', 'outerRoute', 'outer: route'),
      one('up', 'outerPrerouting', 'outer: prerouting'),
    ];
    return pairUp(down, up, metrics);
  }
  const both = (lane: Lane, label: string): Face => ({
    ...plain(node, rowStation(node.netns, lane, 'outer'), label, 'hook', label),
    labelFont: 'words',
  });
  return pairUp([both('down', 'outer: output, postrouting')], [both('up', 'outer: prerouting, input')], metrics);
}
