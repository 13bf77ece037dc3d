import type { PrintedLine } from '../datamodel/cluster/printed.ts';
import type { Netns } from '../datamodel/network/netns.ts';
import { BORN_RULES, DEFAULT_TABLE, type PolicyRule } from '../datamodel/network/policyRule.ts';
import { LOCAL_TABLE, MAIN_TABLE } from '../datamodel/network/tables.ts';
import { formatPrefix, type IpPrefix } from '../wire/address.ts';
import { printMark } from './iptablesMatch.ts';

/** What `ip rule` prints (iproute2: ip/iprule.c, print_rule). */
export function printIpRule({ policyRules = BORN_RULES }: Pick<Netns, 'policyRules'>): readonly PrintedLine[] {
  return policyRules
    .toSorted((a, b) => a.priority - b.priority)
    .map((rule) => ({ text: printPolicyRule(rule), entry: rule.id }));
}

function printPolicyRule({ priority, source, destination, mark, inputDevice, table }: PolicyRule): string {
  const words = [`${priority}:\tfrom ${source ? shortPrefix(source) : 'all'}`];
  if (destination) words.push(`to ${shortPrefix(destination)}`);
  if (mark) words.push(`fwmark ${printMark(mark.value)}${mark.mask === 0xffffffff ? '' : `/${printMark(mark.mask)}`}`);
  if (inputDevice !== undefined) words.push(`iif ${inputDevice}`);
  words.push(`lookup ${tableName(table)}`);
  return words.join(' ');
}

function shortPrefix(prefix: IpPrefix): string {
  if (prefix.length === 0) return 'all';
  return prefix.length === 32 ? prefix.address : formatPrefix(prefix);
}

function tableName(table: number): string {
  const names = new Map([
    [LOCAL_TABLE, 'local'],
    [MAIN_TABLE, 'main'],
    [DEFAULT_TABLE, 'default'],
  ]);
  return names.get(table) ?? String(table);
}
