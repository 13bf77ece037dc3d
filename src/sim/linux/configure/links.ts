import { ok } from '../../../base/result.ts';
import type { LinkEdit } from '../../../datamodel/network/edit.ts';
import { type BridgePort, isHeaderless, type Link } from '../../../datamodel/network/link.ts';
import { isMulticastMac } from '../../../wire/ethernet.ts';
import { bringDown, bringUp } from './linkState.ts';
import {
  type EditResult,
  linkOf,
  type NetnsState,
  noDevice,
  refuse,
  replaced,
  USER,
  withNetns,
  without,
  withRuntime,
} from './netnsState.ts';

/** `ip link set` and `bridge link set` (Linux: net/core/rtnetlink.c, do_setlink; net/bridge/br_netlink.c, br_setport). */
export function setLink(state: NetnsState, edit: LinkEdit): EditResult {
  const link = linkOf(state, edit.dev);
  if (link === undefined) return noDevice(edit.dev);
  if (edit.name !== undefined && edit.name !== link.name)
    return { ok: false, error: { type: 'notSimulated', what: 'renaming a device' } };
  let next = state;
  for (const change of [setMac, setMtu, setMaster, setPort]) {
    const result = change(next, edit);
    if (!result.ok) return result;
    next = result.value;
  }
  return ok(setUp(next, edit));
}

function setMac(state: NetnsState, { dev, mac }: LinkEdit): EditResult {
  const link = linkOf(state, dev);
  if (link === undefined || mac === undefined || mac === link.mac) return ok(state);
  if (isHeaderless(link)) return refuse('EOPNOTSUPP');
  if (isMulticastMac(mac) || /^[0:]+$/.test(mac)) return refuse('EADDRNOTAVAIL');
  const moved = ownFdbEntry(state, link, mac);
  // What was learned on the device is asked for anew (neigh_changeaddr); others keep the old MAC until they ask.
  const neighbors = without(moved.runtime.neighbors, (entry) => entry.dev === dev);
  return ok(withRuntime(withLink(moved, link, { mac }), { neighbors }));
}

/** A bridge keeps its own MAC and its ports' in its table, for itself. */
function ownFdbEntry(state: NetnsState, link: Link, mac: Link['mac']): NetnsState {
  const fdb = state.netns.fdb.map((entry) =>
    entry.dev === link.name && entry.mac === link.mac && entry.owner === 'kernel'
      ? { ...entry, id: `${link.name}/${mac}`, mac }
      : entry,
  );
  return withNetns(state, { fdb });
}

const LEAST_MTU = 68;
const MOST_MTU = 65535;
/** Outer IPv4, UDP and VXLAN headers and the inner Ethernet header. */
const VXLAN_HEADROOM = 50;
const IPIP_HEADROOM = 20;

function setMtu(state: NetnsState, { dev, mtu }: LinkEdit): EditResult {
  const link = linkOf(state, dev);
  if (link === undefined || mtu === undefined) return ok(state);
  if (link.kind === 'ipip' && (mtu < LEAST_MTU || mtu > MOST_MTU - IPIP_HEADROOM)) return refuse('EINVAL');
  if (mtu < (link.kind === 'loopback' ? 0 : LEAST_MTU)) return refuse('EINVAL', 'mtu less than device minimum');
  if (link.kind !== 'loopback' && mtu > MOST_MTU) return refuse('EINVAL', 'mtu greater than device maximum');
  if (link.kind === 'vxlan') {
    const lower = linkOf(state, link.lower);
    if (lower !== undefined && mtu > lower.mtu - VXLAN_HEADROOM) return refuse('EINVAL');
  }
  if (link.kind === 'bridge' && !link.mtuFixed && mtu !== link.mtu) {
    const fixed: Link = { ...link, mtu, mtuFixed: true, owner: USER };
    return ok(withNetns(state, { links: replaced(state.netns.links, link, fixed) }));
  }
  return ok(followMtu(withLink(state, link, { mtu }), link.port?.bridge));
}

/** A bridge whose MTU nobody has set has the smallest of its ports' (Linux: net/bridge/br_if.c, br_mtu_auto_adjust). */
export function followMtu(state: NetnsState, name: string | undefined): NetnsState {
  const bridge = name === undefined ? undefined : linkOf(state, name);
  if (bridge?.kind !== 'bridge' || bridge.mtuFixed) return state;
  const ports = state.netns.links.filter((link) => link.port?.bridge === name);
  return withLink(state, bridge, { mtu: ports.length === 0 ? 1500 : Math.min(...ports.map((port) => port.mtu)) });
}

const NEW_PORT = { hairpin: false, learning: true, flood: true };

function setMaster(state: NetnsState, { dev, master }: LinkEdit): EditResult {
  const link = linkOf(state, dev);
  if (link === undefined || master === undefined) return ok(state);
  if (master === null) return ok(link.port ? leaveBridge(state, link, link.port) : state);
  const bridge = linkOf(state, master);
  if (bridge === undefined) return noDevice(master, 'master');
  if (link.port?.bridge === master) return ok(state);
  if (bridge.kind !== 'bridge') return refuse('EOPNOTSUPP');
  if (link.kind === 'bridge') return refuse('ELOOP', 'Can not enslave a bridge to a bridge');
  if (link.kind === 'loopback' || isHeaderless(link)) return refuse('EINVAL');
  const left = link.port ? leaveBridge(state, link, link.port) : state;
  const joined = withLink(left, linkOf(left, dev) ?? link, { port: { bridge: master, ...NEW_PORT } });
  const { mac } = link;
  const own = { id: `${dev}/${mac}`, owner: 'kernel', dev, mac, master, state: 'permanent' } as const;
  return ok(followMtu(withNetns(joined, { fdb: [...joined.netns.fdb, own] }), master));
}

/** The port goes, and what the bridge knew to be behind it (Linux: net/bridge/br_if.c, del_nbp). */
export function leaveBridge(state: NetnsState, link: Link, { bridge }: BridgePort): NetnsState {
  const behind = (entry: { readonly dev: string; readonly master?: string }): boolean =>
    entry.dev === link.name && entry.master === bridge;
  const { port: _, ...rest } = link;
  const alone = { ...rest, owner: USER } as Link;
  const links = replaced(state.netns.links, link, alone);
  const left = withNetns(state, { links, fdb: without(state.netns.fdb, behind) });
  return followMtu(withRuntime(left, { fdb: without(left.runtime.fdb, behind) }), bridge);
}

function setPort(state: NetnsState, { dev, port }: LinkEdit): EditResult {
  const link = linkOf(state, dev);
  if (link === undefined || port === undefined) return ok(state);
  if (link.port === undefined) return refuse('EOPNOTSUPP');
  const set: BridgePort = { ...link.port, ...port };
  const { hairpin, learning, flood } = link.port;
  if (set.hairpin === hairpin && set.learning === learning && set.flood === flood) return ok(state);
  return ok(withLink(state, link, { port: set }));
}

function setUp(state: NetnsState, { dev, up }: LinkEdit): NetnsState {
  const link = linkOf(state, dev);
  if (link === undefined || up === undefined || up === link.up) return state;
  const set = withLink(state, link, { up });
  return up ? bringUp(set, dev) : bringDown(set, dev);
}

function withLink(state: NetnsState, link: Link, change: Partial<Omit<Link, 'kind'>>): NetnsState {
  const changed = Object.entries(change).some(([key, value]) => link[key as keyof Link] !== value);
  if (!changed) return state;
  const next = { ...link, ...change, owner: USER } as Link;
  return withNetns(state, { links: replaced(state.netns.links, link, next) });
}
