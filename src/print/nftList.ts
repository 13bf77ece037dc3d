import type { PrintedLine } from '../datamodel/cluster/printed.ts';
import type { Hook } from '../datamodel/network/netfilter.ts';
import type { Netns } from '../datamodel/network/netns.ts';
import type { NftChain, NftElement, NftMap, NftSet, NftTable } from '../datamodel/network/nftables.ts';
import type { RuntimeTables } from '../datamodel/network/runtime.ts';
import { duration } from './nftDuration.ts';
import { elementLines, sortElements } from './nftElements.ts';
import { printNftRule, printVerdict } from './nftRule.ts';

/**
 * What `nft list ruleset` prints of a network namespace's own nftables, as `nft -f` reads it back. Tables that iptables wrote
 * are left to iptables-save.
 *
 * @param runtime has the elements that rules added to dynamic sets. @param now virtual nanoseconds.
 */
export function printNftRuleset(netns: Netns, runtime: RuntimeTables | undefined, now: number): readonly PrintedLine[] {
  return (netns.nftables ?? []).flatMap((table) => printNftTable(table, runtime, now));
}

/** What `nft list table` prints. */
export function printNftTable(
  table: NftTable,
  runtime: RuntimeTables | undefined,
  now: number,
): readonly PrintedLine[] {
  const lines: PrintedLine[] = [{ text: `table ${table.family} ${table.name} {` }];
  if (table.comment !== undefined) lines.push({ text: `\tcomment "${table.comment}"` });
  for (const set of table.sets.values()) lines.push(...printSet(table, set, runtime, now), { text: '' });
  for (const map of table.maps.values()) lines.push(...printMap(map), { text: '' });
  for (const chain of table.chains.values()) lines.push(...printChain(table, chain), { text: '' });
  // Nothing separates the last thing from the brace.
  if (lines.at(-1)?.text === '') lines.pop();
  lines.push({ text: '}' });
  return lines;
}

function printSet(
  table: NftTable,
  set: NftSet,
  runtime: RuntimeTables | undefined,
  now: number,
): readonly PrintedLine[] {
  const head = [`\tset ${set.name} {`, `\t\ttype ${set.type.join(' . ')}`];
  if (set.dynamic) {
    // nft counts what can expire against a bound that it does not print back unless it was given.
    head.push('\t\tsize 65535', '\t\tflags dynamic,timeout', `\t\ttimeout ${duration(set.dynamic.timeout)}`);
  }
  if (set.comment !== undefined) head.push(`\t\tcomment "${set.comment}"`);
  const added = set.dynamic ? remembered(table, set, runtime, now) : [];
  const elements = [
    ...sortElements([...set.elements.values()]).map((element) => ({ text: keyText(element), entry: element.id })),
    ...added,
  ];
  return [...head.map((text) => ({ text })), ...elementLines(elements, set.type), { text: '\t}' }];
}

/** The elements that rules have added, with the time they have left. */
function remembered(
  table: NftTable,
  set: NftSet,
  runtime: RuntimeTables | undefined,
  now: number,
): readonly PrintedLine[] {
  const name = `${table.family} ${table.name} ${set.name}`;
  const timeout = set.dynamic?.timeout ?? 0;
  return (runtime?.recent ?? [])
    .filter(({ list }) => list === name)
    .map(({ address, seen }) => ({ address, left: timeout - Math.floor((now - seen) / 1e9) }))
    .filter(({ left }) => left > 0)
    .map(({ address, left }) => ({ text: `${address} timeout ${duration(timeout)} expires ${duration(left)}` }));
}

function printMap(map: NftMap): readonly PrintedLine[] {
  const head = [`\tmap ${map.name} {`, `\t\ttype ${map.type.join(' . ')} : verdict`];
  if (map.comment !== undefined) head.push(`\t\tcomment "${map.comment}"`);
  const elements = sortElements([...map.elements.values()]).map((element) => ({
    text: `${keyText(element)} : ${printVerdict(element.verdict)}`,
    entry: element.id,
  }));
  return [...head.map((text) => ({ text })), ...elementLines(elements, map.type), { text: '\t}' }];
}

function keyText({ key, comment }: NftElement): string {
  const text = key.join(' . ');
  return comment === undefined ? text : `${text} comment "${comment}"`;
}

function printChain({ family }: NftTable, { name, comment, base, rules }: NftChain): readonly PrintedLine[] {
  const lines: PrintedLine[] = [{ text: `\tchain ${name} {` }];
  if (comment !== undefined) lines.push({ text: `\t\tcomment "${comment}"` });
  if (base !== undefined) {
    const hook = base.hook.toLowerCase();
    const priority = printPriority(base.hook, base.priority);
    lines.push({ text: `\t\ttype ${base.type} hook ${hook} priority ${priority}; policy ${base.policy};` });
  }
  for (const rule of rules) lines.push({ text: `\t\t${printNftRule(rule, family)}`, entry: rule.id });
  return [...lines, { text: '\t}' }];
}

/** The names that priorities have at their hooks; nft writes what is within ten of one as its neighbour. */
const PRIORITIES: Readonly<Record<string, { readonly at: number; readonly hooks?: readonly Hook[] }>> = {
  raw: { at: -300 },
  mangle: { at: -150 },
  dstnat: { at: -100, hooks: ['PREROUTING'] },
  filter: { at: 0 },
  security: { at: 50 },
  srcnat: { at: 100, hooks: ['POSTROUTING'] },
};

function printPriority(hook: Hook, priority: number): string {
  for (const [name, { at, hooks }] of Object.entries(PRIORITIES)) {
    if (hooks !== undefined && !hooks.includes(hook)) continue;
    const offset = priority - at;
    if (offset === 0) return name;
    if (Math.abs(offset) <= 10) return `${name} ${offset < 0 ? '-' : '+'} ${Math.abs(offset)}`;
  }
  return String(priority);
}
