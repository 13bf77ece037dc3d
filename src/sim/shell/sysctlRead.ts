import type { Query } from '../../commands/parsedCommand.ts';
import { missingSysctl } from '../../commands/refusal.ts';
import type { CommandOutput } from '../../datamodel/cluster/answer.ts';
import type { PrintedLine } from '../../datamodel/cluster/printed.ts';
import { sysctlNames, sysctlValue } from '../../datamodel/network/sysctlCatalogue.ts';
import type { NetnsState } from '../linux/configure/netnsState.ts';

/** `sysctl NAME…` and `sysctl -a`; the name of a folder means everything in it. */
export function readSysctls(query: Extract<Query, { readonly type: 'sysctl' }>, { netns }: NetnsState): CommandOutput {
  const devices = netns.links.map((link) => link.name);
  const known = sysctlNames(devices);
  const complaints: string[] = [];
  const lines: PrintedLine[] = [];
  for (const asked of query.all ? known : query.names) {
    const names = known.includes(asked) ? [asked] : known.filter((name) => name.startsWith(`${asked}.`));
    if (names.length === 0 && !query.show.ignoreUnknown) complaints.push(missingSysctl(asked).text);
    for (const name of names) {
      const value = sysctlValue(netns.sysctls, name, devices) ?? '';
      const { names: bare, values } = query.show;
      lines.push({ text: values ? value : bare ? name : `${name} = ${value}`, entry: name });
    }
  }
  return { lines, errors: complaints.join('\n'), exitCode: complaints.length === 0 ? 0 : 1 };
}
