import type { Simulation } from '../sim/simulation.ts';
import { UsageError } from './usageError.ts';

/** How `--exec` is written, and what it does, for the help texts. */
export const EXEC_FLAGS = "--exec <'NETNS: COMMAND'>";
export const EXEC_HELP =
  'run ip, bridge, sysctl, iptables or conntrack first, or cat, sed, … on files of /etc/cni/net.d; repeatable. NETNS is a Pod’s or node’s name, NAMESPACE/NAME or an ' +
  'outside host’s address; veth(NS/POD) in COMMAND stands for the host end of that Pod’s veth';

/** Collects the values of a repeatable option, in order. */
export function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}

/**
 * Runs the command lines in order, and gives routing agents the time that they need for what came of it. What the lines print
 * goes to standard error: standard output is for the answer alone.
 *
 * @param settle false: no time passes.
 * @throws UsageError with the tool's own words when one of them fails.
 */
export function runCommands(simulation: Simulation, lines: readonly string[], settle = true): void {
  for (const line of lines) {
    const { where, command } = cut(line);
    const netns = simulation.namespace(where);
    if (!netns.ok) throw new UsageError(`--exec ${line}: ${netns.error}`, 1);
    const applied = simulation.apply({ type: 'exec', netns: netns.value, line: command });
    const { output } = applied;
    const printed = (output?.lines ?? []).map((each) => `${each.text}\n`).join('');
    if (printed !== '') process.stderr.write(printed);
    if (!applied.ok) {
      throw new UsageError(output?.errors ?? applied.problems.map(({ message }) => message).join('\n'), 1);
    }
    if (output !== undefined && output.errors !== '') process.stderr.write(`${output.errors}\n`);
  }
  if (settle) simulation.apply({ type: 'wait', until: 'converged' });
}

/** The first colon before a space ends the name: an IPv6 address has colons of its own. */
function cut(line: string): { readonly where: string; readonly command: string } {
  const match = /^(.+?):\s+(.*)$/s.exec(line) ?? /^([^:]+):(.*)$/s.exec(line);
  if (match === null) throw new UsageError(`--exec ${line}: expected 'NETNS: COMMAND'`);
  return { where: match[1] ?? '', command: match[2] ?? '' };
}
