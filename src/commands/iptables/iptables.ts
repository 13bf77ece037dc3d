import type { RuleChange } from '../../datamodel/network/edit.ts';
import type { TableName } from '../../datamodel/network/netfilter.ts';
import { Complaint, notSimulated } from '../complaint.ts';
import type { ParsedCommand } from '../parsedCommand.ts';
import { readUnsigned } from '../words.ts';
import { badArgument, parameterProblem } from './complaints.ts';
import type { ExtensionOption } from './extension.ts';
import { Getopt } from './getopt.ts';
import { natDrop, RuleDraft } from './ruleDraft.ts';
import { TARGETS } from './targets.ts';

type Letter = 'A' | 'C' | 'D' | 'E' | 'F' | 'I' | 'L' | 'N' | 'P' | 'R' | 'S' | 'X' | 'Z';

/** Short options, and whether they take a value. */
const SHORT: Readonly<Record<string, boolean>> = {
  ...Object.fromEntries([...'ACDEINPR'].map((letter) => [letter, true])),
  ...Object.fromEntries([...'LSFZX'].map((letter) => [letter, false])),
  ...Object.fromEntries([...'sdiopmjgt'].map((letter) => [letter, true])),
  ...Object.fromEntries([...'nvxfhVw46'].map((letter) => [letter, false])),
};

const LONG = new Map<string, ExtensionOption>(
  [
    ['append', 'A'],
    ['check', 'C'],
    ['delete', 'D'],
    ['rename-chain', 'E'],
    ['flush', 'F'],
    ['insert', 'I'],
    ['list', 'L'],
    ['new-chain', 'N'],
    ['policy', 'P'],
    ['replace', 'R'],
    ['list-rules', 'S'],
    ['delete-chain', 'X'],
    ['zero', 'Z'],
    ['source', 's'],
    ['src', 's'],
    ['destination', 'd'],
    ['dst', 'd'],
    ['in-interface', 'i'],
    ['out-interface', 'o'],
    ['protocol', 'p'],
    ['match', 'm'],
    ['jump', 'j'],
    ['goto', 'g'],
    ['table', 't'],
    ['numeric', 'n'],
    ['verbose', 'v'],
    ['exact', 'x'],
    ['line-numbers', '0'],
    ['fragments', 'f'],
    ['help', 'h'],
    ['version', 'V'],
    ['wait', 'w'],
    ['ipv4', '4'],
    ['ipv6', '6'],
  ].map(([name = '', letter = '']) => [name, { argument: SHORT[letter] ?? false, as: letter }]),
);

const TABLES: readonly TableName[] = ['filter', 'nat', 'mangle', 'raw'];
const RULE_COMMANDS = 'ACDIR';
const USAGE = `iptables v1.8.9 (nf_tables)

Usage: iptables [ -t table ] -[ACD] chain rule-specification
       iptables [ -t table ] -I chain [rulenum] rule-specification
       iptables [ -t table ] -R chain rulenum rule-specification
       iptables [ -t table ] -D chain rulenum
       iptables [ -t table ] -[LS] [chain [rulenum]] [ -nvx --line-numbers ]
       iptables [ -t table ] -[FZX] [chain]
       iptables [ -t table ] -N chain
       iptables [ -t table ] -E old-chain-name new-chain-name
       iptables [ -t table ] -P chain { ACCEPT | DROP }`;

interface Draft {
  command?: Letter;
  chain?: string;
  second?: string;
  position?: number;
  table: string;
  readonly flags: Set<string>;
  readonly rule: RuleDraft;
}

/** `iptables …` (iptables 1.8.9, nf_tables variant: iptables/xshared.c, do_parse). */
export function parseIptables(args: readonly string[]): ParsedCommand {
  const draft: Draft = { table: 'filter', flags: new Set(), rule: new RuleDraft() };
  const { rule } = draft;
  const getopt = new Getopt(args, SHORT, () => new Map([...LONG, ...rule.longOptions]));
  let negate = false;
  while (getopt.more) {
    const scanned = getopt.next();
    if (scanned.type === 'word') {
      if (scanned.word !== '!') throw badArgument(scanned.word);
      if (negate) throw parameterProblem('multiple consecutive ! not allowed');
      negate = true;
      continue;
    }
    if (scanned.type === 'unknown') {
      if (scanned.written.startsWith('--') && rule.loadProtocolMatch()) {
        getopt.back();
        continue;
      }
      rule.refuseOther(scanned.written);
      throw parameterProblem(`unknown option "${scanned.written}"`);
    }
    const { name, value } = scanned;
    if (name === 'h') return { type: 'text', text: USAGE };
    if (name === 'V') return { type: 'text', text: 'iptables v1.8.9 (nf_tables)' };
    if ('ACDEFILNPRSXZ'.includes(name) && name.length === 1) setCommand(draft, name as Letter, value, negate, getopt);
    else if ('sdiopmjg'.includes(name) && name.length === 1) rule.set(name, value ?? '', negate);
    else if (name.length === 1) setFlag(draft, name, value, negate, getopt);
    else rule.give(name, value, negate);
    negate = false;
  }
  if (negate) throw parameterProblem('nothing appropriate following !');
  return finish(draft);
}

function setFlag(draft: Draft, name: string, value: string | undefined, negate: boolean, getopt: Getopt): void {
  if (negate && name !== 'f') throw parameterProblem(`unexpected ! flag before --${name === 't' ? 'table' : name}`);
  if (name === 't') draft.table = value ?? '';
  else if (name === '6') throw new Complaint("Try `iptables -h' or 'iptables --help' for more information.", 2);
  else if (name === 'f') throw notSimulated('"-f"');
  else if (name === 'w') getopt.plainWord();
  else draft.flags.add(name);
}

/** Commands with what stands behind them: a chain, a number, another name. */
function setCommand(draft: Draft, letter: Letter, value: string | undefined, negate: boolean, getopt: Getopt): void {
  if (draft.command !== undefined) throw parameterProblem(`Cannot use -${letter} with -${draft.command}`);
  if (negate) throw parameterProblem('unexpected inverted command');
  draft.command = letter;
  const chain = value ?? getopt.plainWord();
  if (chain !== undefined) {
    if (letter === 'N') checkNewName(chain);
    if (chain.length > 28) throw tooLong(chain);
    draft.chain = chain;
  }
  if (letter === 'P' || letter === 'E') {
    const second = getopt.plainWord();
    if (second === undefined) {
      const needs =
        letter === 'P' ? '-P requires a chain and a policy' : '-E requires old-chain-name and new-chain-name';
      throw parameterProblem(needs);
    }
    if (letter === 'E') checkNewName(second);
    draft.second = second;
    return;
  }
  if (!'DIRLSZ'.includes(letter) || chain === undefined) return;
  const number = getopt.plainWord();
  if (number !== undefined) draft.position = ruleNumber(number);
  else if (letter === 'R') throw parameterProblem('-R requires a rule number');
}

function ruleNumber(text: string): number {
  const number = readUnsigned(text);
  if (!number) throw parameterProblem(`Invalid rule number \`${text}'`);
  return number;
}

/** parse_chain */
function checkNewName(name: string): void {
  if (name.length > 28) throw tooLong(name);
  if (name.startsWith('-') || name.startsWith('!'))
    throw parameterProblem(`chain name not allowed to start with \`${name.charAt(0)}'`);
  if (TARGETS.has(name)) throw parameterProblem('chain name may not clash with target name');
  if (/\s/.test(name)) throw parameterProblem(`Invalid chain name \`${name}'`);
}

function tooLong(name: string): Complaint {
  return parameterProblem(`chain name \`${name}' too long (must be under 29 chars)`);
}

/** In the order in which iptables looks through its options. */
const CHECKED = [...'nsdpjvxio0'];

function checkOptions({ command, flags, rule, position }: Draft): void {
  const said = new Set([...flags, ...rule.letters]);
  const allowed = (letter: string): boolean => {
    if (letter === 'v') return true;
    if (command === 'L') return 'nx0'.includes(letter);
    const takesRule = command !== undefined && RULE_COMMANDS.includes(command);
    return takesRule && !(command === 'D' && position !== undefined) && 'sdpjio'.includes(letter);
  };
  const illegal = CHECKED.find((letter) => said.has(letter) && !allowed(letter));
  if (illegal !== undefined) throw parameterProblem(`Illegal option \`-${illegal}' with this command`);
}

function finish(draft: Draft): ParsedCommand {
  const { command, chain = '', rule, table: name } = draft;
  const specs = rule.finish(chain, name);
  if (command === undefined) throw parameterProblem('no command specified');
  if (command === 'R' && specs.length > 1) throw parameterProblem('Replacement rule does not specify a unique address');
  checkOptions(draft);
  if (command === 'P' && name === 'nat' && draft.second === 'DROP') throw natDrop();
  const table = TABLES.find((each) => each === name);
  if (table === undefined) {
    const perhaps = 'Perhaps iptables or your kernel needs to be upgraded.';
    throw new Complaint(`iptables v1.8.9 (nf_tables): table '${name}' does not exist\n${perhaps}`, 3);
  }
  if (command === 'L' || command === 'S') return query(draft, table, command);
  const change = changeOf(draft, command, specs);
  return { type: 'edit', program: 'iptables', edits: [{ type: 'rules', table, change }] };
}

function changeOf(
  { chain: written, position, second = '' }: Draft,
  command: Exclude<Letter, 'L' | 'S'>,
  rules: ReturnType<RuleDraft['finish']>,
): RuleChange {
  const chain = written ?? '';
  const anyChain = written === undefined ? {} : { chain };
  const [rule = { matches: [], target: { type: 'none' } as const }] = rules;
  switch (command) {
    case 'A':
      return { operation: 'append', chain, rules };
    case 'I':
      return { operation: 'insert', chain, position: position ?? 1, rules };
    case 'R':
      return { operation: 'replace', chain, position: position ?? 1, rule };
    case 'D':
      return position === undefined
        ? { operation: 'delete', chain, rules }
        : { operation: 'deleteAt', chain, position };
    case 'C':
      return { operation: 'check', chain, rules };
    case 'F':
      return { operation: 'flush', ...anyChain };
    case 'Z':
      return { operation: 'zero', ...anyChain, ...(position !== undefined && { position }) };
    case 'N':
      return { operation: 'newChain', chain };
    case 'X':
      return { operation: 'deleteChain', ...anyChain };
    case 'E':
      return { operation: 'renameChain', chain, to: second };
    case 'P':
      if (second !== 'ACCEPT' && second !== 'DROP')
        throw new Complaint("iptables: Bad policy name. Run `dmesg' for more information.", 1);
      return { operation: 'policy', chain, policy: second };
  }
}

function query({ chain, position, flags }: Draft, table: TableName, command: 'L' | 'S'): ParsedCommand {
  const place = { table, ...(chain !== undefined && { chain }), ...(position !== undefined && { position }) };
  const list = {
    numeric: flags.has('n'),
    verbose: flags.has('v'),
    exact: flags.has('x'),
    lineNumbers: flags.has('0'),
  };
  const program = 'iptables';
  if (command === 'S') return { type: 'query', program, query: { type: 'rules', ...place } };
  return { type: 'query', program, query: { type: 'ruleList', ...place, ...list } };
}
