import { ok } from '../../../base/result.ts';
import type { NeighborDeletion, NeighborFlush, NeighborWrite } from '../../../datamodel/network/edit.ts';
import type { Neighbor, NeighborState } from '../../../datamodel/network/tables.ts';
import { prefixContains } from '../../../wire/address.ts';
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

/** `ip neigh add`, `replace`, `change` (Linux: net/core/neighbour.c, neigh_add). */
export function writeNeighbor(state: NetnsState, edit: NeighborWrite, newId: NewId): EditResult {
  const { mode, dev, address } = edit;
  if (linkOf(state, dev) === undefined) return noDevice(dev);
  const known = neighborsOf(state).find((entry) => entry.dev === dev && entry.address === address);
  if (known === undefined && mode === 'change') return refuse('ENOENT');
  if (known !== undefined && mode === 'add') return refuse('EEXIST');
  const mac = edit.mac ?? known?.mac;
  if (mac === undefined && hasMac(edit.state)) return refuse('EINVAL', 'No link layer address given');
  if (known !== undefined && known.state === edit.state && known.mac === mac) return ok(state);
  const entry: Neighbor = {
    id: known?.owner === USER ? known.id : newId(),
    owner: USER,
    dev,
    address,
    state: edit.state,
    ...(mac !== undefined && hasMac(edit.state) && { mac }),
  };
  const cleared = forget(state, (other) => other.dev === dev && other.address === address);
  // What lasts is configuration; what the kernel will verify by itself is what it has learned.
  return ok(
    entry.state === 'PERMANENT' || entry.state === 'NOARP'
      ? withNetns(cleared, { neighbors: [...cleared.netns.neighbors, entry] })
      : withRuntime(cleared, { neighbors: [...cleared.runtime.neighbors, entry] }),
  );
}

/** `ip neigh del`. */
export function deleteNeighbor(state: NetnsState, { dev, address }: NeighborDeletion): EditResult {
  if (linkOf(state, dev) === undefined) return noDevice(dev);
  const meant = (entry: Neighbor): boolean => entry.dev === dev && entry.address === address;
  return neighborsOf(state).some(meant) ? ok(forget(state, meant)) : refuse('ENOENT');
}

/** `ip neigh flush`; entries that were failing anyway go too. */
export function flushNeighbors(state: NetnsState, { dev, to, states }: NeighborFlush): EditResult {
  if (dev !== undefined && linkOf(state, dev) === undefined) return noDevice(dev);
  const meant = (entry: Neighbor): boolean =>
    states.includes(entry.state) &&
    (dev === undefined || entry.dev === dev) &&
    (to === undefined || prefixContains(to, entry.address));
  return ok(forget(state, meant));
}

/** Written and learned entries; of two for the same neighbour the written one counts. */
export function neighborsOf({ netns, runtime }: NetnsState): readonly Neighbor[] {
  return [...netns.neighbors, ...runtime.neighbors];
}

function forget(state: NetnsState, test: (entry: Neighbor) => boolean): NetnsState {
  const neighbors = without(state.netns.neighbors, test);
  const learned = without(state.runtime.neighbors, test);
  const told = neighbors === state.netns.neighbors ? state : withNetns(state, { neighbors });
  return learned === state.runtime.neighbors ? told : withRuntime(told, { neighbors: learned });
}

function hasMac(state: NeighborState): boolean {
  return state !== 'INCOMPLETE' && state !== 'FAILED';
}
