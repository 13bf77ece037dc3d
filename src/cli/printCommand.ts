import { Argument, Command } from 'commander';
import type { LeaseQuestion } from '../datamodel/cluster/lease.ts';
import type { Tool } from '../datamodel/cluster/printed.ts';
import type { NetnsId } from '../datamodel/network/netnsId.ts';
import { addressLines } from '../print/addressLines.ts';
import { leaseLines } from '../print/leases.ts';
import { addressSpace } from '../sim/addressSpace.ts';
import { listOnNode } from '../sim/chainFiles.ts';
import { flannelLeases } from '../sim/flannelLeases.ts';
import type { Simulation } from '../sim/simulation.ts';
import { type ClusterOptions, settingsOf, withClusterOptions } from './clusterOptions.ts';
import { runCommands } from './execOption.ts';
import { loadCluster } from './loadCluster.ts';
import { writeOut } from './output.ts';
import { UsageError } from './usageError.ts';

const TOOLS: readonly Tool[] = [
  'iptables-save',
  'ip6tables-save',
  'nft',
  'ipset',
  'ipvsadm',
  'ipvsadm-connections',
  'bpf-lb',
  'bpf-ct',
  'bpf-nat',
  'bpf-endpoint',
  'bpf-ipcache',
  'calico-nat',
  'calico-routes',
  'calico-conntrack',
  'ip-route',
  'ip-addr',
  'ip-neigh',
  'bridge-fdb',
  'conntrack',
  'sysctl',
];

interface PrintOptions extends ClusterOptions {
  readonly node?: string;
  readonly router?: string;
  readonly pod?: string;
  readonly randomFully: boolean;
}

/** What is of the whole cluster and not of a node: who has which address. */
const IPAM = 'ipam';
/** flannel's, of all nodes or of one. */
const LEASES = 'leases';
/** The file in /etc/cni/net.d that a node's runtime goes by. */
const CNI_CONF = 'cni-conf';
const NAMES = [...TOOLS, CNI_CONF, IPAM, LEASES] as const;

/** `hopscope print`: a table of a node or Pod as its tool prints it, or the cluster's addresses or leases. */
export function printCommand(): Command {
  return withClusterOptions(new Command('print').description('print a table of a node or Pod as its tool would'))
    .option('--node <NAME>', 'the node whose table it is, or whose lease')
    .option('--pod <NAMESPACE/NAME>', 'the Pod whose table it is')
    .option('--router <NAME>', 'the router of the underlay whose table it is')
    .option('--no-random-fully', 'masquerade without --random-fully')
    .addArgument(new Argument('[TABLE]', NAMES.join(', ')))
    .action(async (named: string | undefined, options: PrintOptions) => {
      const { tool, files } = readTool(named, options.file);
      if (tool === CNI_CONF) return printList(files, options);
      if (tool === LEASES) return printLeases(files, options);
      if (tool === IPAM) return printAddresses(files, options);
      const { node, pod, router, randomFully } = options;
      if ([node, pod, router].filter((name) => name !== undefined).length !== 1)
        throw new UsageError('print needs --node, --pod or --router');
      const simulation = await loadCluster(files, { ...settingsOf(options), randomFully });
      runCommands(simulation, options.exec);
      const lines = simulation.print(namespaceOf(simulation, options), tool);
      await writeOut(lines.map((line) => `${line.text}\n`).join(''));
    });
}

async function printList(files: readonly string[], options: PrintOptions): Promise<void> {
  if (options.node === undefined) throw new UsageError(`print ${CNI_CONF} needs --node`);
  const simulation = await loadCluster(files, settingsOf(options));
  runCommands(simulation, options.exec);
  const plan = simulation.plan();
  const node = plan.nodes.get(options.node);
  if (node === undefined) throw new UsageError(`There is no node ${options.node}`, 1);
  const list = listOnNode(plan, node);
  if (list === undefined) throw new UsageError('/etc/cni/net.d has no network configuration', 1);
  await writeOut(list.text.endsWith('\n') ? list.text : `${list.text}\n`);
}

/** @throws UsageError when nobody has the name. */
function namespaceOf(simulation: Simulation, { node, pod, router }: PrintOptions): NetnsId {
  if (router !== undefined) {
    const found = simulation.cluster().underlay.routers.find(({ name }) => name === router);
    if (found) return found.netns;
    const names = simulation.cluster().underlay.routers.map(({ name }) => name);
    throw new UsageError(`There is no router ${router}: there are ${names.join(', ')}`, 1);
  }
  const reference = node === undefined ? `pod/${pod}` : `node/${node}`;
  const resolved = simulation.resolve(reference, 'from');
  if (!resolved.ok) throw new UsageError(resolved.message, 1);
  return resolved.netns ?? reference;
}

async function printAddresses(files: readonly string[], options: PrintOptions): Promise<void> {
  if (options.node !== undefined || options.pod !== undefined) {
    throw new UsageError(`print ${IPAM} is of the whole cluster: it takes neither --node nor --pod`);
  }
  const simulation = await loadCluster(files, settingsOf(options));
  runCommands(simulation, options.exec);
  const lines = addressLines(addressSpace(simulation.cluster(), simulation.addressing()));
  await writeOut(lines.map((line) => `${line}\n`).join(''));
}

/** Each lease with what all other nodes have of it. */
async function printLeases(files: readonly string[], options: PrintOptions): Promise<void> {
  const { node, pod, router, exec } = options;
  if (pod !== undefined || router !== undefined) throw new UsageError(`print ${LEASES} takes --node alone`);
  const simulation = await loadCluster(files, settingsOf(options));
  runCommands(simulation, exec);
  const ask = (question: LeaseQuestion) =>
    flannelLeases(simulation.plan(), simulation.netns.bind(simulation), question);
  const { leases } = ask({ most: 0 });
  const meant = leases.filter((lease) => node === undefined || lease.node === node);
  if (leases.length === 0) throw new UsageError('There are no leases: flannel is not the network', 1);
  if (meant.length === 0) throw new UsageError(`${node} has no lease`, 1);
  const followed = meant.flatMap((lease) => ask({ node: lease.node, most: Number.POSITIVE_INFINITY }).followed ?? []);
  await writeOut(
    leaseLines(followed)
      .map((line) => `${line}\n`)
      .join(''),
  );
}

/** The table may stand behind the files, where an option that takes many would swallow it. */
function readTool(
  named: string | undefined,
  files: readonly string[],
): { readonly tool: (typeof NAMES)[number]; readonly files: readonly string[] } {
  const word = named ?? files.at(-1);
  const tool = NAMES.find((candidate) => candidate === word);
  if (tool === undefined) throw new UsageError(`print needs a table: one of ${NAMES.join(', ')}`);
  if (named !== undefined) return { tool, files };
  if (files.length === 1) throw new UsageError('print needs at least one -f FILE');
  return { tool, files: files.slice(0, -1) };
}
