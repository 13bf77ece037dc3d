import type { Offer } from '../../datamodel/cluster/offer.ts';
import type { Netns } from '../../datamodel/network/netns.ts';
import type { RuntimeTables } from '../../datamodel/network/runtime.ts';
import type { EntryId, Neighbor } from '../../datamodel/network/tables.ts';
import { familyOf } from '../../wire/address.ts';
import { commandLine } from './quote.ts';

/** A locally administered address that no device here is made with. */
export const NOBODYS_MAC = '02:00:5e:00:53:01';

/** What can be done to one neighbour, written or learned. */
export function neighborOffers(netns: Netns, runtime: RuntimeTables | undefined, entry: EntryId): readonly Offer[] {
  const neighbor = neighborsOf(netns, runtime).find(({ id }) => id === entry);
  if (neighbor === undefined || familyOf(neighbor.address) !== 'IPv4') return [];
  const { address, dev, mac, state } = neighbor;
  const change = (to: string, nud: string): string =>
    commandLine('ip', 'neigh', 'replace', address, 'lladdr', to, 'dev', dev, 'nud', nud);
  return [
    {
      label: 'Delete this neighbour',
      line: commandLine('ip', 'neigh', 'del', address, 'dev', dev),
      destructive: true,
    },
    ...(mac === NOBODYS_MAC
      ? []
      : [{ label: 'Give it a MAC that nobody has', line: change(NOBODYS_MAC, 'permanent') }]),
    ...(mac !== undefined && state !== 'PERMANENT'
      ? [{ label: 'Keep it for good', line: change(mac, 'permanent') }]
      : []),
    ...(mac !== undefined && state === 'PERMANENT'
      ? [{ label: 'Let the kernel verify it', line: change(mac, 'stale') }]
      : []),
  ];
}

/** What can be done to all neighbours of a device. */
export function neighborTableOffers(netns: Netns, runtime: RuntimeTables | undefined): readonly Offer[] {
  const neighbors = neighborsOf(netns, runtime).filter(({ state }) => state !== 'NOARP');
  const flush = (label: string, dev: string, ...more: readonly string[]): Offer => ({
    label,
    line: commandLine('ip', 'neigh', 'flush', 'dev', dev, ...more),
    destructive: true,
  });
  return [...new Set(neighbors.map(({ dev }) => dev))].flatMap((dev) => {
    const own = neighbors.filter((neighbor) => neighbor.dev === dev);
    const written = own.some(({ state }) => state === 'PERMANENT');
    const learned = own.some(({ state }) => state !== 'PERMANENT');
    return [
      ...(learned ? [flush(`Flush learned neighbours of ${dev}`, dev)] : []),
      ...(written ? [flush(`Flush neighbours of ${dev}, permanent ones too`, dev, 'nud', 'all')] : []),
    ];
  });
}

/** Of a written and a learned entry for the same neighbour the tables print one, and `ip neigh` means both. */
function neighborsOf(netns: Netns, runtime: RuntimeTables | undefined): readonly Neighbor[] {
  return [...(runtime?.neighbors ?? []), ...netns.neighbors];
}
