import type { NodeView } from '../../datamodel/cluster/view.ts';
import type { TableName } from '../../datamodel/network/netfilter.ts';
import type { DetailLevel } from '../detail.ts';
import type { HookPart, Lane, Slot } from '../place.ts';
import { type BlockKind, deviceStation, type Face, rowStation, type StationKind } from './model.ts';

/** A row before it has a place: what each lane reads there, and how high it is. */
export interface RowPlan {
  readonly height: number;
  readonly faces: Readonly<Partial<Record<Lane, Face>>>;
}

export interface BlockPlan {
  readonly kind: BlockKind;
  readonly title?: { readonly left: string; readonly right: string };
  readonly rows: readonly RowPlan[];
}

const LINE = 22;
const TWO_LINES = 38;
const PART = 21;
const TABLES: readonly TableName[] = ['raw', 'mangle', 'nat', 'filter'];
const TABLES_AT: Readonly<Partial<Record<Slot, readonly TableName[]>>> = {
  prerouting: ['raw', 'mangle', 'nat'],
  input: ['mangle', 'filter', 'nat'],
  forward: ['mangle', 'filter'],
  output: ['raw', 'mangle', 'nat', 'filter'],
  postrouting: ['mangle', 'nat'],
};
/** Where conntrack looks packets up, and where it confirms what it made. */
const CONNTRACK_FIRST: ReadonlySet<Slot> = new Set(['prerouting', 'output']);
const CONNTRACK_LAST: ReadonlySet<Slot> = new Set(['input', 'postrouting']);

/** Both lanes meet the hooks in the order of the kernel; a column is read downwards, so that arriving is the other way round. */
const DOWN_ORDER: readonly Slot[] = ['prerouting', 'route', 'input', 'forward', 'output', 'postrouting'];

/** The boxes of a node, from its Pods to its cable, as its real devices make them. */
export function planNode(node: NodeView, level: DetailLevel): readonly BlockPlan[] {
  const nics = node.devices.filter((device) => device.kind === 'physical');
  const nicBlock: BlockPlan = { kind: 'nic', rows: nics.map((device) => deviceRow(node, device.name, level)) };
  if (level === 'cluster') return [nodeBlock(node), ...(nics.length > 0 ? [nicBlock] : [])];
  const bridges = node.devices.filter((device) => device.kind === 'bridge');
  const tunnels = node.devices.filter((device) => device.kind === 'vxlan');
  const blocks: BlockPlan[] = [];
  if (bridges.length > 0 && node.bridgeNetfilter) blocks.push({ kind: 'port', rows: portRows(node, level) });
  if (bridges.length > 0)
    blocks.push({ kind: 'bridge', rows: bridges.map((device) => deviceRow(node, device.name, level)) });
  blocks.push(kernelBlock(node, level));
  if (tunnels.length > 0) {
    blocks.push({ kind: 'tunnel', rows: tunnels.map((device) => deviceRow(node, device.name, level)) });
    blocks.push({ kind: 'outer', rows: outerRows(node, level) });
  }
  if (nics.length > 0) blocks.push(nicBlock);
  return blocks;
}

function nodeBlock(node: NodeView): BlockPlan {
  const face = (lane: Lane): Face => ({
    ...plain(node, rowStation(node.netns, lane, 'node'), 'Linux kernel', 'node', `kernel of ${node.name}`),
    labelFont: 'words',
    strong: true,
    note: ruleCount(node),
  });
  return { kind: 'node', rows: [{ height: TWO_LINES + 6, faces: { down: face('down'), up: face('up') } }] };
}

function ruleCount(node: NodeView): string {
  const count = TABLES.reduce((sum, table) => sum + node.rules[table], 0);
  return `iptables · ${count} ${count === 1 ? 'rule' : 'rules'}`;
}

function deviceRow(node: NodeView, name: string, level: DetailLevel): RowPlan {
  const device = node.devices.find((candidate) => candidate.name === name)!;
  const address = device.addresses[0];
  const face = (lane: Lane): Face => {
    const kind = device.kind === 'bridge' ? 'bridge' : device.kind === 'vxlan' ? 'tunnel' : 'nic';
    const base = plain(node, deviceStation(node.netns, lane, name), name, kind, name);
    if (kind === 'bridge') return { ...base, ...(address && { aside: address }) };
    const note = kind === 'tunnel' ? `VTEP${device.vni === undefined ? '' : ` · VNI ${device.vni}`}` : address;
    return {
      ...base,
      strong: true,
      noteTone: kind === 'tunnel' ? 'tunnel' : 'faint',
      ...(note && { note }),
      ...(level !== 'cluster' && { aside: `mtu ${device.mtu}` }),
    };
  };
  return { height: device.kind === 'bridge' ? LINE + 6 : TWO_LINES + 3, faces: { down: face('down'), up: face('up') } };
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

function partsOf(node: NodeView, slot: Slot): readonly HookPart[] {
  const tables = (TABLES_AT[slot] ?? []).filter((table) => node.rules[table] > 0);
  if (CONNTRACK_FIRST.has(slot)) {
    // raw runs before conntrack: that is what it is for
    const raw = tables.filter((table) => table === 'raw');
    return [...raw, 'conntrack', ...tables.filter((table) => table !== 'raw')];
  }
  return CONNTRACK_LAST.has(slot) ? [...tables, 'conntrack'] : tables;
}

/** A hook and, at kernel level, its tables below it (arriving: above it, for that lane is read upwards). */
function hookFaces(node: NodeView, lane: Lane, slot: Slot, level: DetailLevel, asPort?: Slot): Face[] {
  const own = asPort ?? slot;
  const where = asPort ? `${slot} at the bridge port` : own.startsWith('outer') ? `${slot} of the outer packet` : slot;
  const main = plain(node, rowStation(node.netns, lane, own), slot, 'hook', where);
  if (level !== 'kernel') return [main];
  const parts = partsOf(node, slot).map((part) => ({
    ...plain(node, rowStation(node.netns, lane, own, part), part, 'hook', `${where}, ${part}`),
    indent: true,
  }));
  // a lane that arrives is read upwards: what runs first stands lowest
  return lane === 'down' ? [main, ...parts] : [main, ...parts.toReversed()];
}

/** Pairs the lanes' faces row by row: as many rows as the longer lane has. */
function pairUp(down: readonly Face[], up: readonly Face[]): RowPlan[] {
  return Array.from({ length: Math.max(down.length, up.length) }, (_, i) => {
    const [first, second] = [down[i], up[i]];
    const height = Math.max(...[first, second].map((face) => (face?.note ? TWO_LINES : face?.indent ? PART : LINE)));
    return { height, faces: { ...(first && { down: first }), ...(second && { up: second }) } };
  });
}

function portRows(node: NodeView, level: DetailLevel): RowPlan[] {
  if (level === 'kernel') {
    const down = hookFaces(node, 'down', 'prerouting', level, 'portPrerouting');
    const up = [
      ...hookFaces(node, 'up', 'postrouting', level, 'portPostrouting'),
      ...hookFaces(node, 'up', 'forward', level, 'portForward'),
    ];
    const note = 'at the bridge port';
    return pairUp(withNote(down, note), withNote(up, note));
  }
  const note = 'at the bridge port';
  const into = {
    ...plain(node, rowStation(node.netns, 'down', 'ports'), 'prerouting', 'hook', `prerouting ${note}`),
    note,
  };
  const out = {
    ...plain(
      node,
      rowStation(node.netns, 'up', 'ports'),
      'forward, postrouting',
      'hook',
      `forward and postrouting ${note}`,
    ),
    note,
  };
  return pairUp([into], [out]);
}

function withNote(faces: readonly Face[], note: string): Face[] {
  return faces.map((face, i) => (i === 0 ? { ...face, note } : face));
}

function kernelBlock(node: NodeView, level: DetailLevel): BlockPlan {
  const title = { left: 'kernel', right: ruleCount(node) };
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
    return { kind: 'kernel', title, rows: pairUp(down, up) };
  }
  const down = [
    ...faces('down', 'prerouting'),
    ...faces('down', 'route'),
    ...faces('down', 'forward'),
    socket('down'),
    ...faces('down', 'postrouting'),
  ];
  const up = [
    ...faces('up', 'postrouting'),
    ...faces('up', 'forward'),
    socket('up'),
    ...faces('up', 'route'),
    ...faces('up', 'prerouting'),
  ];
  return { kind: 'kernel', title, rows: pairUp(down, up) };
}

/** The outer packet is made here when it leaves and taken here when it arrives: never forwarded. */
function outerRows(node: NodeView, level: DetailLevel): RowPlan[] {
  const one = (lane: Lane, slot: Slot, label: string): Face => ({
    ...plain(node, rowStation(node.netns, lane, slot), label, 'hook', `${label} of the outer packet`),
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
    return pairUp(down, up);
  }
  const both = (lane: Lane, label: string): Face => ({
    ...plain(node, rowStation(node.netns, lane, 'outer'), label, 'hook', label),
  });
  return pairUp([both('down', 'outer: output, postrouting')], [both('up', 'outer: prerouting, input')]);
}
