import { parseBridge } from './bridge/bridge.ts';
import { parseCalicoNode } from './calicoNode.ts';
import { parseCilium } from './cilium.ts';
import { Complaint } from './complaint.ts';
import { parseConntrack } from './conntrack.ts';
import { parseIp } from './ip/ip.ts';
import { parseIptables } from './iptables/iptables.ts';
import { parseIptablesSave } from './iptables/iptablesSave.ts';
import type { ParsedCommand } from './parsedCommand.ts';
import { parseSysctl } from './sysctl.ts';
import { tokenise } from './tokenise.ts';

/** The programs there are, by every name they are called. */
export const PROGRAMS: ReadonlyMap<string, (args: readonly string[]) => ParsedCommand> = new Map([
  ['ip', parseIp],
  ['bridge', parseBridge],
  ['sysctl', parseSysctl],
  ['iptables', parseIptables],
  ['iptables-nft', parseIptables],
  ['iptables-save', parseIptablesSave],
  ['iptables-nft-save', parseIptablesSave],
  ['conntrack', parseConntrack],
  ['cilium', parseCilium],
  ['cilium-dbg', parseCilium],
  ['calico-node', parseCalicoNode],
]);

/**
 * Reads one command line as its tool would. Never throws; what is wrong is said in the tool's own words.
 *
 * @param line quotes and backslashes as in a shell; nothing is expanded, and there is one command only.
 */
export function parseCommand(line: string): ParsedCommand {
  try {
    const words = tokenise(line);
    const [first, ...rest] = words[0] === 'sudo' ? words.slice(1) : words;
    if (first === undefined) return { type: 'text', text: '' };
    const program = PROGRAMS.get(first.replace(/^\/(usr\/)?s?bin\//, ''));
    if (program === undefined) throw new Complaint(`bash: ${first}: command not found`, 127);
    return program(rest);
  } catch (error) {
    if (error instanceof Complaint) return error.result;
    throw error;
  }
}
