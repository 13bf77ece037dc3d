import { ok } from '../../../base/result.ts';
import type { FdbDeletion, FdbFlush, FdbWrite } from '../../../datamodel/network/edit.ts';
import type { Link } from '../../../datamodel/network/link.ts';
import type { FdbEntry } from '../../../datamodel/network/tables.ts';
import type { MacAddress } from '../../../wire/address.ts';
import { isMulticastMac, ZERO_MAC } from '../../../wire/ethernet.ts';
import {
  type EditResult,
  linkOf,
  type NetnsState,
  type NewId,
  noDevice,
  refuse,
  USER,
  withNetns,
  without,
  withRuntime,
} from './netnsState.ts';

/** `bridge fdb add`, `append`, `replace` (Linux: net/bridge/br_fdb.c, br_fdb_add; drivers/net/vxlan, vxlan_fdb_add). */
export function writeFdb(state: NetnsState, edit: FdbWrite, newId: NewId): EditResult {
  const link = linkOf(state, edit.dev);
  if (link === undefined) return noDevice(edit.dev);
  const bridge = bridgeOf(link, edit.of);
  if (edit.of === 'master' && bridge === undefined) return refuse('EOPNOTSUPP');
  if (bridge !== undefined) return writeBridgeEntry(state, edit, bridge, newId);
  return link.kind === 'vxlan' ? writeRemote(state, edit, newId) : writeOwn(state, edit, newId);
}

function writeBridgeEntry(state: NetnsState, edit: FdbWrite, bridge: string, newId: NewId): EditResult {
  const { mac, dev } = edit;
  const meant = (entry: FdbEntry): boolean => entry.master === bridge && entry.mac === mac;
  if (edit.mode === 'add' && entriesOf(state).some(meant)) return refuse('EEXIST');
  const entry: FdbEntry = { id: newId(), owner: USER, dev, mac, master: bridge, state: edit.state };
  return ok(add(forget(state, meant), entry));
}

/** A unicast MAC has one remote VTEP; the all-zero one, which stands for all the rest, may have several. */
function writeRemote(state: NetnsState, edit: FdbWrite, newId: NewId): EditResult {
  const { mac, dev, dst, mode } = edit;
  if (dst === undefined) return refuse('EINVAL');
  const known = entriesOf(state).filter((entry) => isOwn(entry, dev, mac));
  if (mode === 'replace' && isGroup(mac)) return refuse('EOPNOTSUPP');
  if (mode === 'add' && known.length > 0) return refuse('EEXIST');
  const entry: FdbEntry = { id: newId(), owner: USER, dev, mac, self: true, dst, state: edit.state };
  const same = known.find((other) => other.dst === dst);
  if (mode === 'append') {
    // Appended to a unicast MAC a second remote is kept by the kernel but never used: the first one gets its frames.
    return ok(same || (known.length > 0 && !isGroup(mac)) ? state : add(state, entry));
  }
  if (same && same.state === entry.state) return ok(state);
  return ok(
    add(
      forget(state, (other) => isOwn(other, dev, mac)),
      entry,
    ),
  );
}

/** Any other device only listens to the MAC besides its own. */
function writeOwn(state: NetnsState, edit: FdbWrite, newId: NewId): EditResult {
  const { mac, dev } = edit;
  const known = entriesOf(state).some((entry) => isOwn(entry, dev, mac));
  if (known) return edit.mode === 'add' ? refuse('EEXIST') : ok(state);
  if (edit.state !== 'permanent') return refuse('EINVAL');
  return ok(add(state, { id: newId(), owner: USER, dev, mac, self: true, state: 'permanent' }));
}

/** `bridge fdb del`. */
export function deleteFdb(state: NetnsState, edit: FdbDeletion): EditResult {
  const link = linkOf(state, edit.dev);
  if (link === undefined) return noDevice(edit.dev);
  const { dev, mac, dst } = edit;
  const bridge = bridgeOf(link, edit.of);
  if (edit.of === 'master' && bridge === undefined) return refuse('EOPNOTSUPP');
  const known = entriesOf(state).filter((entry) =>
    bridge === undefined ? isOwn(entry, dev, mac) : entry.master === bridge && entry.mac === mac && entry.dev === dev,
  );
  if (known.length === 0) return refuse('ENOENT');
  // A remote that is not among the entry's is not missed (vxlan_fdb_delete).
  const meant = dst === undefined ? known : known.filter((entry) => entry.dst === dst);
  return ok(forget(state, (entry) => meant.includes(entry)));
}

/** `bridge fdb flush`: everything, permanent entries too. */
export function flushFdb(state: NetnsState, { dev }: FdbFlush): EditResult {
  const link = linkOf(state, dev);
  if (link === undefined) return noDevice(dev);
  if (link.kind !== 'vxlan' && link.kind !== 'bridge') return refuse('EOPNOTSUPP');
  const meant = (entry: FdbEntry): boolean =>
    link.kind === 'bridge' ? entry.master === dev : entry.dev === dev && entry.self === true;
  return ok(forget(state, meant));
}

function bridgeOf(link: Link, of: FdbWrite['of']): string | undefined {
  if (of === 'master') return link.port?.bridge;
  return link.kind === 'bridge' ? link.name : undefined;
}

function isOwn(entry: FdbEntry, dev: string, mac: MacAddress): boolean {
  return entry.dev === dev && entry.mac === mac && entry.self === true;
}

function isGroup(mac: MacAddress): boolean {
  return mac === ZERO_MAC || isMulticastMac(mac);
}

function entriesOf({ netns, runtime }: NetnsState): readonly FdbEntry[] {
  return [...netns.fdb, ...runtime.fdb];
}

/** What may age is what the kernel has learned. */
function add(state: NetnsState, entry: FdbEntry): NetnsState {
  return entry.state === 'reachable'
    ? withRuntime(state, { fdb: [...state.runtime.fdb, entry] })
    : withNetns(state, { fdb: [...state.netns.fdb, entry] });
}

function forget(state: NetnsState, test: (entry: FdbEntry) => boolean): NetnsState {
  const fdb = without(state.netns.fdb, test);
  const learned = without(state.runtime.fdb, test);
  const told = fdb === state.netns.fdb ? state : withNetns(state, { fdb });
  return learned === state.runtime.fdb ? told : withRuntime(told, { fdb: learned });
}
