import type { Neighbor, NeighborState } from '../../../datamodel/network/tables.ts';
import type { IpAddress, MacAddress } from '../../../wire/address.ts';
import type { Kernel, NeighborSlot } from '../kernel.ts';

export function neighborKey(dev: string, address: IpAddress): string {
  return `${dev} ${address}`;
}

/** Written and learned entries as a kernel keeps them. */
export function indexNeighbors(entries: readonly Neighbor[]): Map<string, NeighborSlot> {
  return new Map(entries.map((entry) => [neighborKey(entry.dev, entry.address), { entry, waiting: [], probes: 0 }]));
}

export interface KnownNeighbor {
  readonly id: string;
  readonly mac: MacAddress;
  readonly state: NeighborState;
}

/** The MAC of an entry that packets may be sent with now, confirmed or not (NUD_VALID). */
export function validNeighbor(kernel: Kernel, dev: string, address: IpAddress): KnownNeighbor | undefined {
  const entry = kernel.neighbors.get(neighborKey(dev, address))?.entry;
  if (entry?.mac === undefined || entry.state === 'INCOMPLETE' || entry.state === 'FAILED') return undefined;
  return { id: entry.id, mac: entry.mac, state: entry.state };
}

/** As {@link validNeighbor}, but only if the neighbour is known to be there (NUD_CONNECTED). */
export function confirmedNeighbor(kernel: Kernel, dev: string, address: IpAddress): KnownNeighbor | undefined {
  const found = validNeighbor(kernel, dev, address);
  const connected = found?.state === 'PERMANENT' || found?.state === 'REACHABLE' || found?.state === 'NOARP';
  return connected ? found : undefined;
}

/** The MAC of a usable entry, without asking. */
export function neighborMac(kernel: Kernel, dev: string, address: IpAddress): MacAddress | undefined {
  return validNeighbor(kernel, dev, address)?.mac;
}

/** Writes an entry, learned or being asked for, and notes the change. @returns its slot. */
export function writeNeighbor(
  kernel: Kernel,
  dev: string,
  address: IpAddress,
  state: NeighborState,
  mac?: MacAddress,
): NeighborSlot {
  const key = neighborKey(dev, address);
  const slot = kernel.neighbors.get(key);
  const id = slot?.entry.id ?? `learned:${key}`;
  const owner = slot?.entry.owner ?? 'kernel';
  const entry: Neighbor = { id, owner, dev, address, state, ...(mac !== undefined && { mac }) };
  kernel.world.recorder.update({ netns: kernel.id, table: 'neighbor', id, entry });
  if (slot) {
    slot.entry = entry;
    return slot;
  }
  const created: NeighborSlot = { entry, waiting: [], probes: 0 };
  kernel.neighbors.set(key, created);
  return created;
}
