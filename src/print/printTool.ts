import type { PrintedLine, Tool } from '../datamodel/cluster/printed.ts';
import type { Netns } from '../datamodel/network/netns.ts';
import type { RuntimeTables } from '../datamodel/network/runtime.ts';
import { printIptablesSave } from './iptablesSave.ts';
import type { TablePrinters } from './tablePrinters.ts';

let others: TablePrinters | undefined;

/** To be called before the first table that is not iptables': a page opens on those. */
export function installPrinters(printers: TablePrinters): void {
  others = printers;
}

/**
 * What a tool prints in a network namespace, line by line with the entry that each line stands for.
 *
 * @param netns with the kernel's own routes.
 * @param runtime what its kernel has learned; absent: nothing yet.
 * @param now virtual nanoseconds.
 */
export function printTool(
  tool: Tool,
  netns: Netns,
  runtime: RuntimeTables | undefined,
  now: number,
): readonly PrintedLine[] {
  if (tool === 'iptables-save') return printIptablesSave(netns);
  if (tool === 'ip6tables-save') return printIptablesSave(netns, 'ipv6');
  if (!others) throw new Error(`${tool} cannot print before it has been loaded`);
  return others[tool](netns, runtime, now);
}
