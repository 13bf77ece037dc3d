import type { SysctlWrite } from '../datamodel/network/edit.ts';
import { Complaint, notSimulated } from './complaint.ts';
import type { ParsedCommand } from './parsedCommand.ts';

const USAGE = `
Usage:
 sysctl [options] [variable[=value] ...]

Options:
  -a, --all            display all variables
  -e, --ignore         ignore unknown variables errors
  -N, --names          print variable names without values
  -n, --values         print only values of the given variable(s)
  -q, --quiet          do not echo variable set
  -w, --write          enable writing a value to variable`;

const LONG = new Map<string, string>([
  ['--all', 'a'],
  ['--ignore', 'e'],
  ['--names', 'N'],
  ['--values', 'n'],
  ['--quiet', 'q'],
  ['--write', 'w'],
  ['--help', 'h'],
  ['--version', 'V'],
]);
const UNSIMULATED = ['--deprecated', '--dry-run', '--binary', '--load', '--system', '--pattern'];

/** `sysctl …` (procps 4.0.2: src/sysctl.c). */
export function parseSysctl(args: readonly string[]): ParsedCommand {
  if (args.length === 0) throw new Complaint(USAGE, 1);
  const flags = new Set<string>();
  const variables: string[] = [];
  for (const arg of args) {
    if (!arg.startsWith('-')) variables.push(arg);
    else for (const flag of optionLetters(arg)) flags.add(flag);
  }
  if (flags.has('V')) return { type: 'text', text: 'sysctl from procps-ng 4.0.2' };
  if (flags.has('h') || flags.has('d')) return { type: 'text', text: USAGE };
  const show = { names: flags.has('N'), values: flags.has('n'), ignoreUnknown: flags.has('e') };
  if (flags.has('a') || flags.has('A') || flags.has('X'))
    return { type: 'query', program: 'sysctl', query: { type: 'sysctl', names: [], all: true, show } };
  if (variables.length === 0)
    throw new Complaint("sysctl: no variables specified\nTry `sysctl --help' for more information.", 1);
  if (!flags.has('w') && !variables.some((variable) => variable.includes('='))) {
    const names = variables.map(normalName);
    return { type: 'query', program: 'sysctl', query: { type: 'sysctl', names, all: false, show } };
  }
  const edits = variables.map(assignment);
  const echo = edits.map(({ name, value }) => (show.values ? value : show.names ? name : `${name} = ${value}`));
  return { type: 'edit', program: 'sysctl', edits, echo: flags.has('q') ? [] : echo };
}

function optionLetters(arg: string): readonly string[] {
  if (arg.startsWith('--')) {
    const letter = LONG.get(arg);
    if (letter !== undefined) return [letter];
    if (UNSIMULATED.some((option) => arg === option || arg.startsWith(`${option}=`)))
      throw notSimulated(`"sysctl ${arg}"`);
    throw new Complaint(`sysctl: unrecognized option '${arg}'`, 0, USAGE);
  }
  const letters = [...arg.slice(1)];
  const unsimulated = letters.find((letter) => 'bpfr'.includes(letter));
  if (unsimulated !== undefined) throw notSimulated(`"sysctl -${unsimulated}"`);
  const unknown = letters.find((letter) => !'aAXeNnqwoxdhV'.includes(letter));
  if (unknown !== undefined) throw new Complaint(`sysctl: invalid option -- '${unknown}'`, 0, USAGE);
  return letters;
}

function assignment(text: string): SysctlWrite {
  const equals = text.indexOf('=');
  if (equals === 0) throw new Complaint('sysctl: Path is not under /proc/sys/: /proc/sys/', 1);
  if (equals < 0) throw new Complaint('sysctl: command line(0): invalid syntax, continuing...', 1);
  return { type: 'sysctlWrite', name: normalName(text.slice(0, equals).trim()), value: text.slice(equals + 1).trim() };
}

/** The first separator decides: with slashes, dots are dots and the other way round. */
function normalName(text: string): string {
  const first = /[./]/.exec(text)?.[0];
  return first === '/' ? text.replace(/[./]/g, (c) => (c === '.' ? '/' : '.')) : text;
}
