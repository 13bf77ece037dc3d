import { Complaint } from '../complaint.ts';

const VERSION = 'iptables v1.8.9 (nf_tables)';
const TRY = "Try `iptables -h' or 'iptables --help' for more information.";

/** xtables_error(PARAMETER_PROBLEM, …) */
export function parameterProblem(text: string): Complaint {
  return new Complaint(`${VERSION}: ${text}\n${TRY}`, 2);
}

export function badArgument(word: string): Complaint {
  return new Complaint(`Bad argument \`${word}'\n${TRY}`, 2);
}

/** What an extension's table of options refuses (xtoptions.c), which ends in a blank line. */
export function optionProblem(extension: string, text: string): Complaint {
  return parameterProblem(`${extension}: ${text}\n`);
}
