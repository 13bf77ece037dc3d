import { Argument, Command, Option } from 'commander';
import type { CniBackend } from '../datamodel/cluster/command.ts';
import type { Tool } from '../datamodel/cluster/printed.ts';
import { loadCluster } from './loadCluster.ts';
import { collect, integerBetween } from './options.ts';
import { writeOut } from './output.ts';
import { UsageError } from './usageError.ts';

const TOOLS: readonly Tool[] = ['iptables-save', 'ip-route', 'ip-addr', 'ip-neigh', 'bridge-fdb', 'conntrack'];

interface PrintOptions {
  readonly file: readonly string[];
  readonly node?: string;
  readonly pod?: string;
  readonly cni?: CniBackend;
  readonly randomFully: boolean;
  readonly seed: number;
}

/** `hopscope print`: a table of a node or Pod as its tool prints it. */
export function printCommand(): Command {
  return new Command('print')
    .description('print a table of a node or Pod as its tool would')
    .requiredOption('-f, --file <FILE>', 'manifests, YAML or JSON; - is standard input (repeatable)', collect, [])
    .option('--node <NAME>', 'the node whose table it is')
    .option('--pod <NAMESPACE/NAME>', 'the Pod whose table it is')
    .addOption(
      new Option('--cni <BACKEND>', 'override what the manifests say').choices(['flannel-vxlan', 'flannel-host-gw']),
    )
    .option('--no-random-fully', 'masquerade without --random-fully')
    .option('--seed <N>', 'chance', integerBetween(0, 0xffffffff), 1)
    .addArgument(new Argument('<TABLE>', 'the tool').choices(TOOLS))
    .action(async (tool: Tool, options: PrintOptions) => {
      if (options.file.length === 0) throw new UsageError('print needs at least one -f FILE');
      if ((options.node === undefined) === (options.pod === undefined))
        throw new UsageError('print needs --node or --pod');
      const { cni, randomFully, seed } = options;
      const simulation = await loadCluster(options.file, { ...(cni && { cni }), randomFully, seed });
      const reference = options.node === undefined ? `pod/${options.pod}` : `node/${options.node}`;
      const resolved = simulation.resolve(reference, 'from');
      if (!resolved.ok) throw new UsageError(resolved.message, 1);
      const lines = simulation.print(resolved.netns ?? reference, tool);
      await writeOut(lines.map((line) => `${line.text}\n`).join(''));
    });
}
