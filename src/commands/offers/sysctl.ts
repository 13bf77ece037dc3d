import type { Offer } from '../../datamodel/cluster/offer.ts';
import type { Netns } from '../../datamodel/network/netns.ts';
import { type SysctlEntry, sysctlEntry, sysctlValue } from '../../datamodel/network/sysctlCatalogue.ts';
import type { EntryId } from '../../datamodel/network/tables.ts';
import { commandLine } from './quote.ts';

/** What else is worth trying, by the last part of the name; all the rest is 0 or 1. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  arp_announce: ['0', '1', '2'],
  arp_ignore: ['0', '1', '2'],
  rp_filter: ['0', '1', '2'],
  ip_default_ttl: ['1', '2', '64', '255'],
};

/** What can be written to one sysctl; nothing to those that nothing here would obey. */
export function sysctlOffers({ links, sysctls }: Netns, name: EntryId): readonly Offer[] {
  const devices = links.map((link) => link.name);
  const entry = sysctlEntry(name, devices);
  const value = sysctlValue(sysctls, name, devices);
  if (entry?.write === undefined || value === undefined) return [];
  const values = new Set([...choices(name, entry, value), entry.initial]);
  values.delete(value);
  return [...values].map((to) => ({
    label: label(entry, value, to),
    line: commandLine('sysctl', '-w', `${name}=${to.replaceAll('\t', ' ')}`),
  }));
}

function choices(name: string, entry: SysctlEntry, value: string): readonly string[] {
  const leaf = name.slice(name.lastIndexOf('.') + 1);
  if (Object.hasOwn(VALUES, leaf)) return VALUES[leaf] ?? [];
  return isSwitch(entry, value) ? ['0', '1'] : [];
}

function isSwitch({ initial }: SysctlEntry, value: string): boolean {
  return [initial, value].every((each) => each === '0' || each === '1');
}

function label(entry: SysctlEntry, value: string, to: string): string {
  if (isSwitch(entry, value) && isSwitch(entry, to)) return to === '1' ? 'Switch it on' : 'Switch it off';
  return to === entry.initial ? `Back to ${to}` : `Set it to ${to}`;
}
