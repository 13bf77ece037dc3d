import type { TableName } from '../../datamodel/network/netfilter.ts';
import { Complaint, notSimulated } from '../complaint.ts';
import type { ParsedCommand } from '../parsedCommand.ts';

const TABLES: readonly TableName[] = ['filter', 'nat', 'mangle', 'raw'];

/** `iptables-save [-t TABLE]`. */
export function parseIptablesSave(args: readonly string[]): ParsedCommand {
  let table: TableName | undefined;
  for (let i = 0; i < args.length; i++) {
    const option = args[i] ?? '';
    const named = /^(?:-t|--table=)(.+)$/.exec(option)?.[1];
    if (named !== undefined || option === '-t' || option === '--table') table = readTable(named ?? args[++i]);
    else if (option === '-V' || option === '--version')
      return { type: 'text', text: 'iptables-save v1.8.9 (nf_tables)' };
    else if (['-c', '--counters', '-M', '--modprobe', '-f', '--file'].includes(option))
      throw notSimulated(`"iptables-save ${option}"`);
    else if (option.startsWith('-')) {
      const what = option.startsWith('--') ? 'unrecognized option' : 'invalid option --';
      const name = option.startsWith('--') ? option : option.charAt(1);
      throw new Complaint(
        `iptables-save: ${what} '${name}'\nLook at manual page \`iptables-save.8' for more information.`,
        1,
      );
    } else throw new Complaint('Unknown arguments found on commandline', 1);
  }
  return { type: 'query', program: 'iptables-save', query: { type: 'iptablesSave', ...(table && { table }) } };
}

function readTable(name: string | undefined): TableName {
  if (name === undefined)
    throw new Complaint(
      "iptables-save: option requires an argument -- 't'\nLook at manual page `iptables-save.8' for more information.",
      1,
    );
  const table = TABLES.find((each) => each === name);
  if (table === undefined) throw new Complaint(`Table \`${name}' does not exist`, 1);
  return table;
}
