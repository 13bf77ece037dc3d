import { Command, Option } from 'commander';
import { CNI_BACKENDS } from '../datamodel/cluster/cniBackends.ts';
import type { CniBackend } from '../datamodel/cluster/command.ts';
import type { ChainOperation, PodChain, PodChainQuestion } from '../datamodel/cluster/podChain.ts';
import { UNDERLAYS, type UnderlayName } from '../datamodel/cluster/underlay.ts';
import { podChain } from '../sim/podChain.ts';
import { cniBatch } from './cniBatch.ts';
import { collect, EXEC_FLAGS, EXEC_HELP, runCommands } from './execOption.ts';
import { loadCluster, readStandardInput, readText } from './loadCluster.ts';
import { integerBetween } from './options.ts';
import { writeOut } from './output.ts';
import { UsageError } from './usageError.ts';

type Afterwards = NonNullable<PodChainQuestion['afterwards']>[number];
const AFTERWARDS: readonly Afterwards[] = ['CHECK', 'DEL', 'STATUS', 'GC'];

interface CniOptions {
  readonly file?: readonly string[];
  readonly pod?: string;
  readonly list?: string;
  readonly cni?: CniBackend;
  readonly underlay?: UnderlayName;
  readonly release: string;
  readonly after?: readonly Afterwards[];
  readonly batch: boolean;
  readonly exec: readonly string[];
  readonly seed: number;
}

/** `hopscope cni`: the calls by which CNI plugins make a Pod's network, with what they read and print. */
export function cniCommand(): Command {
  return new Command('cni')
    .description('print the calls of CNI plugins that make a Pod’s network')
    .option('-f, --file <FILE...>', 'manifests, YAML or JSON; - is standard input')
    .option('--pod <NAMESPACE/NAME>', 'the Pod that is created')
    .option('--list <FILE>', 'a network configuration list to go by instead of the cluster’s')
    .addOption(new Option('--cni <BACKEND>', 'override what the manifests say').choices(CNI_BACKENDS))
    .addOption(new Option('--underlay <NAME>', 'what lies between the nodes').choices(UNDERLAYS))
    .addOption(new Option('--release <VERSION>', 'release of the plugins').choices(['1.1.1', '1.9.1']).default('1.1.1'))
    .addOption(new Option('--after <COMMAND...>', 'carried out behind the ADD').choices([...AFTERWARDS]))
    .option('--batch', 'read calls as JSON, one a line, from standard input, and answer each in a line', false)
    .option(EXEC_FLAGS, EXEC_HELP, collect, [])
    .option('--seed <N>', 'chance', integerBetween(0, 0xffffffff), 1)
    .action(async (options: CniOptions) => {
      if (options.batch) return writeOut(cniBatch(await readStandardInput(), options.release));
      const { file, pod, seed, release, after } = options;
      if (file === undefined || pod === undefined) throw new UsageError('cni needs -f and --pod, or --batch');
      const [namespace, name, ...rest] = pod.replace(/^pod\//, '').split('/');
      if (namespace === undefined || name === undefined || rest.length > 0) {
        throw new UsageError(`--pod is NAMESPACE/NAME, not ${pod}`);
      }
      const { cni, underlay } = options;
      const simulation = await loadCluster(file, { seed, ...(cni && { cni }), ...(underlay && { underlay }) });
      runCommands(simulation, options.exec);
      const list = options.list === undefined ? undefined : await readText(options.list);
      const question = {
        namespace,
        name,
        release,
        ...(list !== undefined && { list }),
        ...(after && { afterwards: after }),
      };
      const chain = podChain(simulation.plan(), question);
      if (!chain.ok) throw new UsageError(chain.error, 1);
      await writeOut(`${JSON.stringify(written(chain.value), undefined, 2)}\n`);
      if (chain.value.refusal || chain.value.operations.some(({ error }) => error !== undefined)) process.exitCode = 1;
    });
}

/** The chain's calls stand at the top; those of lo and of what followed have places of their own. */
function written({ operations, ...frame }: PodChain): object {
  const [loopback, add, ...afterwards] = operations;
  const { calls = [], result, error, event, fault } = add ?? ({} as Partial<ChainOperation>);
  return {
    ...frame,
    calls,
    ...(result !== undefined && { result: JSON.parse(result) as unknown }),
    ...(error !== undefined && { error, event }),
    ...(fault !== undefined && { fault }),
    ...(loopback && { loopback: operationOf(loopback) }),
    ...(afterwards.length > 0 && { afterwards: afterwards.map(operationOf) }),
  };
}

function operationOf({ result, ...rest }: ChainOperation): object {
  return { ...rest, ...(result !== undefined && { result: JSON.parse(result) as unknown }) };
}
