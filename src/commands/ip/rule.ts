import type { PolicyRuleDeletion } from '../../datamodel/network/edit.ts';
import { MAIN_TABLE } from '../../datamodel/network/tables.ts';
import { networkOf } from '../../wire/address.ts';
import { Complaint, notSimulated } from '../complaint.ts';
import type { ParsedCommand } from '../parsedCommand.ts';
import { matches, readPrefix, readUnsigned, unsigned, type WantedFamily, type Words, wrong } from '../words.ts';
import { readTable, usage } from './names.ts';

const USAGE = `Usage: ip rule { add | del } SELECTOR ACTION
       ip rule [ list ]
SELECTOR := [ from PREFIX ] [ to PREFIX ] [ fwmark FWMARK[/MASK] ] [ iif STRING ] [ pref NUMBER ]
ACTION := [ table TABLE_ID ]`;
const WHOLE = 0xffffffff;
const UNKNOWN = ['not', 'tos', 'dsfield', 'oif', 'uidrange', 'ipproto', 'sport', 'dport', 'realms', 'goto', 'nat'];

type Named = { -readonly [K in keyof PolicyRuleDeletion['rule']]: PolicyRuleDeletion['rule'][K] };

/** `ip rule …` (iproute2 6.1: ip/iprule.c, do_iprule). */
export function parsePolicyRule(words: Words, family: WantedFamily): ParsedCommand {
  const command = words.peek();
  if (command === undefined) return list();
  words.next();
  if (matches(command, 'list') || matches(command, 'lst') || matches(command, 'show')) return list();
  if (matches(command, 'add')) {
    const { table = MAIN_TABLE, ...rest } = readNamed(words, family);
    return { type: 'edit', program: 'ip', edits: [{ type: 'policyRuleAdd', rule: { table, ...rest } }] };
  }
  if (matches(command, 'delete')) {
    if (!words.more) throw new Complaint('"ip rule del" requires arguments.', 255);
    return { type: 'edit', program: 'ip', edits: [{ type: 'policyRuleDelete', rule: readNamed(words, family) }] };
  }
  if (matches(command, 'help')) throw usage(USAGE);
  if (['flush', 'save', 'restore'].some((each) => matches(command, each))) throw notSimulated(`"ip rule ${command}"`);
  throw new Complaint(`Command "${command}" is unknown, try "ip rule help".`, 255);
}

function list(): ParsedCommand {
  return { type: 'query', program: 'ip', query: { type: 'policyRules' } };
}

/** iprule_modify */
function readNamed(words: Words, family: WantedFamily): Named {
  const named: Named = {};
  while (words.more) {
    const word = words.next();
    if (word === 'from') named.source = networkOf(readPrefix(words.next(), family));
    else if (word === 'to') named.destination = networkOf(readPrefix(words.next(), family));
    else if (['preference', 'order', 'priority'].some((each) => matches(word, each)))
      named.priority = unsigned(words, 'preference value is invalid\n');
    else if (word === 'fwmark') named.mark = readFwmark(words.next());
    else if (matches(word, 'table') || word === 'lookup') named.table = readTableName(words.next());
    else if (word === 'dev' || word === 'iif') named.inputDevice = words.next();
    else if (UNKNOWN.some((each) => matches(word, each))) throw notSimulated(`"${word}" of a rule`);
    else throw new Complaint(`Error: Failed to parse rule type`, 255);
  }
  return named;
}

function readFwmark(text: string): NonNullable<Named['mark']> {
  const slash = text.indexOf('/');
  const value = readUnsigned(slash < 0 ? text : text.slice(0, slash));
  const mask = slash < 0 ? WHOLE : readUnsigned(text.slice(slash + 1));
  if (value === undefined || value > WHOLE) throw wrong('fwmark value is invalid\n', text);
  if (mask === undefined || mask > WHOLE) throw wrong('fwmask value is invalid\n', text);
  return { value, mask };
}

function readTableName(text: string): number {
  const table = readTable(text);
  if (table === undefined) throw wrong('invalid table ID\n', text);
  return table;
}
