import { chance } from '../../../base/chance.ts';
import type { LbBackend, LbService } from '../../../datamodel/network/ebpf.ts';
import type { EbpfEnd, EbpfTuple } from '../../../datamodel/network/ebpfState.ts';
import { ipv4ToNumber } from '../../../wire/address.ts';
import { choose } from '../choice.ts';
import type { Kernel } from '../kernel.ts';
import { drawNumber } from '../netfilter/draws.ts';
import { jhash3 } from './jhash.ts';
import type { LbLookup } from './lbLookup.ts';
import { dropEntry, entryOf, putEntry } from './state.ts';

const SECOND = 1_000_000_000;

/**
 * The backend of a new connection: the one its client had last if the service sticks to it, else one by chance.
 *
 * @param client whom the service remembers: an address, or a namespace for sockets.
 * @param select a backend's id, when there is no memory.
 */
export function chooseBackend(
  kernel: Kernel,
  lookup: LbLookup,
  service: LbService,
  client: string,
  select: () => number | undefined,
): LbBackend | undefined {
  const id = `affinity ${service.reverseNat} ${client}`;
  const { now } = kernel.world.queue;
  const sticky = service.flags.sessionAffinity ? remembered(kernel, lookup, service, id) : undefined;
  const chosen = sticky ?? backendOf(lookup, select());
  if (chosen && service.flags.sessionAffinity) {
    const expires = now + (service.affinitySeconds ?? 0) * SECOND;
    const entry = { reverseNat: service.reverseNat, client, backend: endOf(chosen), lastUsed: now, expires };
    putEntry(kernel, { type: 'affinity', id, ...entry });
  }
  return chosen;
}

/** One of the slots by chance, or the one that a person has picked. */
export function randomSlot(kernel: Kernel, lookup: LbLookup, service: LbService, flow: string): number | undefined {
  const scripted = choose(kernel.world, new Array<number>(service.count).fill(1));
  if (scripted !== undefined) return lookup.slot(service, scripted + 1);
  const picked = pickedSlot(kernel, lookup, service);
  const draw = drawNumber(kernel, `backend ${service.id} ${flow}`);
  const drawn = chance(kernel.world.seed, 'backend', kernel.id, service.id, flow, draw) % service.count;
  return lookup.slot(service, picked ?? drawn + 1);
}

/** By the connection's ends, the same on every node (bpf/lib/hash.h): the address asked for is no part of it. */
export function maglevSlot(
  { world }: Kernel,
  lookup: LbLookup,
  service: LbService,
  tuple: EbpfTuple,
): number | undefined {
  const { source, sourcePort, destinationPort, protocol } = tuple;
  // A client's port is chance to whoever has a script: each backend is as likely as it has places in the table.
  if (world.choices && !service.flags.sessionAffinity) {
    const shares = [...lookup.maglevShares(service)];
    const chosen = choose(
      world,
      shares.map(([, places]) => places),
    );
    return shares[chosen ?? -1]?.[0];
  }
  // Sticky services go by the client's address alone.
  const port = service.flags.sessionAffinity ? 0 : sourcePort;
  const ports = ((swapped(destinationPort) << 16) | swapped(port)) >>> 0;
  return lookup.maglev(service, jhash3(swappedWord(ipv4ToNumber(source)), ports, protocol));
}

function pickedSlot({ world }: Kernel, { maps }: LbLookup, { slots, count }: LbService): number | undefined {
  const { pick } = world;
  if (!pick) return undefined;
  const at = slots.slice(0, count).findIndex((id) => {
    const backend = maps.backends.get(String(id));
    return backend?.address === pick.address && backend.port === pick.port;
  });
  return at < 0 ? undefined : at + 1;
}

function remembered(kernel: Kernel, lookup: LbLookup, service: LbService, id: string): LbBackend | undefined {
  lookup.lookups++;
  const entry = entryOf(kernel, 'affinity', id);
  if (!entry) return undefined;
  lookup.lookups++;
  const backend = lookup.stillThere(service, entry.backend);
  if (backend?.state === 'active') return backend;
  dropEntry(kernel, id);
  return undefined;
}

function endOf({ address, port }: LbBackend): EbpfEnd {
  return { address, port };
}

function backendOf(lookup: LbLookup, id: number | undefined): LbBackend | undefined {
  return id === undefined ? undefined : lookup.backend(id);
}

/** Network order as a little-endian machine reads it. */
function swapped(port: number): number {
  return ((port & 0xff) << 8) | (port >>> 8);
}

function swappedWord(word: number): number {
  return ((swapped(word & 0xffff) << 16) | swapped(word >>> 16)) >>> 0;
}
