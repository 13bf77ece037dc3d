import type { PrintedLine } from '../datamodel/cluster/printed.ts';
import type { Netns } from '../datamodel/network/netns.ts';
import { sysctlNames, sysctlValue } from '../datamodel/network/sysctlCatalogue.ts';

/** What `sysctl -a` prints of a namespace's network: one line a name, which is also the line's entry, sorted. */
export function printSysctls({ links, sysctls }: Netns): readonly PrintedLine[] {
  const devices = links.map((link) => link.name);
  return sysctlNames(devices).map((name) => ({
    text: `${name} = ${sysctlValue(sysctls, name, devices) ?? ''}`,
    entry: name,
  }));
}
