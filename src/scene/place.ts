import { assertUnreachable } from '../base/assertUnreachable.ts';
import type { Step } from '../datamodel/flow/step.ts';
import type { Hook, TableName } from '../datamodel/network/netfilter.ts';
import type { NetnsId } from '../datamodel/network/netnsId.ts';
import { ETHERNET_HEADER_LENGTH } from '../wire/ethernet.ts';
import { Ipv4View } from '../wire/ipv4.ts';

/** The two ways through a namespace: `down` leaves, `up` arrives. */
export type Lane = 'down' | 'up';

/**
 * What a station is, beside where. `port…`: the hooks that br_netfilter runs inside the bridge; `outer…`: the hooks once more for
 * the packet that a tunnel device made or opened.
 */
export type Slot =
  | 'socket'
  /** A program of the cgroup, between a process and its socket. */
  | 'connect'
  | 'prerouting'
  | 'route'
  | 'input'
  | 'forward'
  | 'output'
  | 'postrouting'
  | 'portPrerouting'
  | 'portForward'
  | 'portPostrouting'
  | 'outerPrerouting'
  | 'outerRoute'
  | 'outerInput'
  | 'outerOutput'
  | 'outerPostrouting'
  | 'device';

/**
 * Part of a hook that decided: a table, `ipvs` where it is in use; `route` is the lookup that br_netfilter makes by itself after
 * DNAT.
 */
export type HookPart = TableName | 'nftables' | 'conntrack' | 'route' | 'ipvs';

/** The one station of a step, before any drawing: every step has exactly one. */
export interface Place {
  readonly netns: NetnsId;
  readonly slot: Slot;
  readonly lane: Lane;
  /** Of the device's own stations. */
  readonly device?: string;
  /** At a hook: which table, or conntrack. */
  readonly part?: HookPart;
}

const HOST_SLOTS: Readonly<Record<Hook, Slot>> = {
  PREROUTING: 'prerouting',
  INPUT: 'input',
  FORWARD: 'forward',
  OUTPUT: 'output',
  POSTROUTING: 'postrouting',
};

/** A bridge has no local hooks of its own: what they would be is decided above it. */
const PORT_SLOTS: Readonly<Record<Hook, Slot>> = {
  PREROUTING: 'portPrerouting',
  INPUT: 'portPrerouting',
  FORWARD: 'portForward',
  OUTPUT: 'portPostrouting',
  POSTROUTING: 'portPostrouting',
};

const OUTER_SLOTS: Readonly<Record<Hook, Slot>> = {
  PREROUTING: 'outerPrerouting',
  INPUT: 'outerInput',
  FORWARD: 'outerRoute',
  OUTPUT: 'outerOutput',
  POSTROUTING: 'outerPostrouting',
};

/** Where a step was decided. Total: every kind of step, with or without hook and device, has its one place. */
export function placeOf(step: Step): Place {
  const base = { netns: step.netns, lane: step.direction };
  const slot = slotOf(step);
  if (slot === 'device') return { ...base, slot, device: deviceOf(step) ?? '' };
  // the way into a bridge is one, whichever way the frame goes on; the same holds for the way out of it
  const lane =
    slot === 'portPrerouting' ? 'down' : slot === 'portForward' || slot === 'portPostrouting' ? 'up' : base.lane;
  const part = partOf(step);
  return { netns: step.netns, lane, slot, ...(part && { part }) };
}

/** Equal for steps of the same station, whatever part of it decided. */
export function placeKey(place: Place): string {
  return `${place.netns} ${place.lane} ${place.slot} ${place.device ?? ''}`;
}

function slotOf(step: Step): Slot {
  if (step.hook) {
    if (step.pass === 'bridge') return PORT_SLOTS[step.hook];
    return step.pass === 'tunnel' ? OUTER_SLOTS[step.hook] : HOST_SLOTS[step.hook];
  }
  switch (step.type) {
    case 'receive':
    case 'transmit':
    case 'bridge':
    case 'encapsulate':
    case 'decapsulate':
      return 'device';
    case 'program':
      return step.attach.startsWith('cgroup/') ? 'connect' : 'device';
    case 'arp':
    case 'neighbor':
      return step.device === undefined ? pick(step, 'route', 'portPrerouting', 'outerRoute') : 'device';
    case 'originate':
      if (step.by === 'kernel' && step.device !== undefined) return 'device';
      return pick(step, 'socket', 'socket', 'outerOutput');
    case 'deliver':
      return pick(step, 'socket', 'socket', 'outerInput');
    case 'route':
      if (step.purpose === 'input') return pick(step, 'route', 'portPrerouting', 'outerRoute');
      return pick(step, 'output', 'portPrerouting', 'outerOutput');
    case 'forward':
      // sent on by a program: the hook has not seen it
      if (step.entry?.table === 'route' || step.entry?.table === 'ebpf') return 'device';
      return pick(step, 'forward', 'portForward', 'outerRoute');
    case 'fragment':
      return step.device === undefined ? pick(step, 'postrouting', 'portPostrouting', 'outerPostrouting') : 'device';
    case 'translate':
      if (step.by === 'ebpf') return 'device';
      return pick(step, 'prerouting', 'portPrerouting', 'outerPrerouting');
    case 'reassemble':
    case 'session':
    case 'rule':
    case 'hook':
    case 'ipvs':
      return pick(step, 'prerouting', 'portPrerouting', 'outerPrerouting');
    case 'drop':
      return dropSlot(step);
    default:
      return assertUnreachable(step);
  }
}

function dropSlot(step: Extract<Step, { type: 'drop' }>): Slot {
  // a program has let the system call fail
  if (step.entry?.table === 'ebpf' && step.device === undefined) return 'connect';
  switch (step.reason) {
    case 'IP_INNOROUTES':
    case 'IP_RPFILTER':
    case 'IP_INVALID_SOURCE':
    case 'IP_INVALID_DEST':
    case 'IP_LOCALNET':
      return pick(step, 'route', 'portPrerouting', 'outerRoute');
    case 'IP_OUTNOROUTES':
      return pick(step, 'output', 'portPrerouting', 'outerOutput');
    case 'NO_SOCKET':
    case 'IP_NOPROTO':
      return pick(step, 'socket', 'socket', 'outerInput');
    case 'PKT_TOO_BIG':
      return step.device === undefined
        ? pick(step, 'output', 'portForward', 'outerOutput')
        : pick(step, 'forward', 'portForward', 'outerRoute');
    case 'IP_INHDR':
      // the same reason for a broken header, which nobody reads further than the device, and for a TTL that is used up
      if (ttlOf(step) <= 1) return pick(step, 'forward', 'portForward', 'outerRoute');
      break;
    default:
      break;
  }
  return step.device === undefined ? pick(step, 'route', 'portForward', 'outerRoute') : 'device';
}

function ttlOf(step: Step): number {
  return new Ipv4View(step.bytes, step.link === 'ethernet' ? ETHERNET_HEADER_LENGTH : 0).ttl;
}

function pick(step: Step, host: Slot, bridge: Slot, tunnel: Slot): Slot {
  return step.pass === 'bridge' ? bridge : step.pass === 'tunnel' ? tunnel : host;
}

function deviceOf(step: Step): string | undefined {
  return step.type === 'bridge' ? step.bridge : step.device;
}

function partOf(step: Step): HookPart | undefined {
  switch (step.type) {
    case 'hook':
    case 'rule':
      return step.table.includes(' ') ? 'nftables' : (step.table as TableName);
    case 'ipvs':
      return 'ipvs';
    case 'translate':
      if (step.by === 'ebpf') return undefined;
      if (step.entry?.table === 'nft') return 'nftables';
      return step.by === 'rule' ? 'nat' : step.by;
    case 'session':
    case 'reassemble':
      return 'conntrack';
    case 'route':
      return step.pass === 'bridge' ? 'route' : undefined;
    default:
      return undefined;
  }
}
