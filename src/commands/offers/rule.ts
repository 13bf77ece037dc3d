import type { Offer } from '../../datamodel/cluster/offer.ts';
import type { NetfilterTable, TableName } from '../../datamodel/network/netfilter.ts';
import type { Netns } from '../../datamodel/network/netns.ts';
import type { EntryId } from '../../datamodel/network/tables.ts';
import { commandLine } from './quote.ts';

/** What can be done to one rule; it is named by its place, as it is when the menu opens. */
export function ruleOffers({ netfilter }: Netns, entry: EntryId): readonly Offer[] {
  for (const { name: table, chains } of iptables(netfilter)) {
    for (const { name: chain, rules } of chains) {
      const at = rules.findIndex(({ id }) => id === entry);
      if (at >= 0) return offersAt(table, chain, at + 1);
    }
  }
  return [];
}

function offersAt(table: TableName, chain: string, position: number): readonly Offer[] {
  const before = [...inTable(table), '-I', chain, position, '-j'];
  return [
    {
      label: 'Delete this rule',
      line: commandLine(...inTable(table), '-D', chain, position),
      destructive: true,
    },
    // nat is no place to filter: iptables refuses a DROP there.
    ...(table === 'nat' ? [] : [{ label: 'Drop what reaches this rule', line: commandLine(...before, 'DROP') }]),
    ...(table === 'filter' ? [{ label: 'Reject what reaches this rule', line: commandLine(...before, 'REJECT') }] : []),
    { label: 'Leave the chain before this rule', line: commandLine(...before, 'RETURN') },
    flush(table, chain),
  ];
}

/** What can be done to whole chains and tables. */
export function ruleTableOffers({ netfilter }: Netns): readonly Offer[] {
  const tables = iptables(netfilter);
  const hooks = tables.flatMap(({ name, chains }) =>
    chains.flatMap((chain) =>
      chain.policy === undefined || chain.rules.length === 0 ? [] : [flush(name, chain.name)],
    ),
  );
  const whole = tables.flatMap(({ name, chains }) =>
    chains.every(({ rules }) => rules.length === 0)
      ? []
      : [
          {
            label: `Flush every chain of ${name}`,
            line: commandLine(...inTable(name), '-F'),
            destructive: true,
          } as const,
        ],
  );
  return [
    { label: 'Drop all that is forwarded', line: 'iptables -I FORWARD -j DROP' },
    { label: 'Drop all that arrives for this host', line: 'iptables -I INPUT -j DROP' },
    { label: 'Drop all that this host sends', line: 'iptables -I OUTPUT -j DROP' },
    ...hooks,
    ...whole,
  ];
}

function flush(table: TableName, chain: string): Offer {
  return { label: `Flush ${chain} of ${table}`, line: commandLine(...inTable(table), '-F', chain), destructive: true };
}

/** filter is the table that goes without saying. */
function inTable(table: TableName): readonly string[] {
  return table === 'filter' ? ['iptables'] : ['iptables', '-t', table];
}

function iptables(tables: readonly NetfilterTable[]): readonly NetfilterTable[] {
  return tables.filter(({ family }) => family === 'ipv4');
}
