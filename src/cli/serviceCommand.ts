import { Command, Option } from 'commander';
import type { ServiceAnswer, ServiceQuestion } from '../datamodel/cluster/serviceProbe.ts';
import type { TransportName } from '../datamodel/network/netfilter.ts';
import { prepareStored } from '../sim/prepareCluster.ts';
import { probeService } from '../sim/serviceProbe.ts';
import type { Simulation } from '../sim/simulation.ts';
import type { IpAddress } from '../wire/address.ts';
import { type ClusterOptions, settingsOf, withClusterOptions } from './clusterOptions.ts';
import { runCommands } from './execOption.ts';
import { loadCluster, readStandardInput } from './loadCluster.ts';
import { address, endpoint } from './options.ts';
import { writeOut } from './output.ts';
import { readServiceQuestion } from './serviceQuestion.ts';
import { UsageError } from './usageError.ts';

interface ServiceOptions extends ClusterOptions {
  readonly node?: string;
  readonly from?: IpAddress;
  readonly to?: { readonly address: IpAddress; readonly port: number };
  readonly protocol: TransportName;
  readonly batch: boolean;
  readonly output: 'text' | 'json';
}

/** `hopscope service`: which endpoints a node's tables can choose for a new connection. */
export function serviceCommand(): Command {
  const command = new Command('service').description(
    'tell every endpoint that a node’s tables can choose for a new connection',
  );
  return withClusterOptions(command)
    .option('--node <NAME>', 'the node whose kernel is asked')
    .option('--from <IP>', 'the client’s address: a Pod’s, the node’s own, anybody’s', address)
    .option('--to <IP:PORT>', 'the address and port that it connects to', endpoint)
    .addOption(new Option('--protocol <NAME>', 'what it speaks').choices(['tcp', 'udp', 'sctp']).default('tcp'))
    .option('--batch', 'read a question a line from standard input: {"node","from","to","protocol"}', false)
    .addOption(new Option('-o, --output <FORMAT>', 'how to tell').choices(['text', 'json']).default('text'))
    .action(async (options: ServiceOptions) => {
      if (options.batch && options.file.includes('-')) {
        throw new UsageError('--batch reads standard input: the manifests cannot come from there, too');
      }
      const question = options.batch ? undefined : questionOf(options);
      const simulation = await loadCluster(options.file, settingsOf(options), prepareStored);
      runCommands(simulation, options.exec);
      if (question === undefined) return answerLines(simulation, await readStandardInput());
      const answer = ask(simulation, question);
      if ('error' in answer) throw new UsageError(answer.error, 1);
      return writeOut(options.output === 'json' ? `${JSON.stringify(answer)}\n` : answerText(answer));
    });
}

function questionOf({ node, from, to, protocol }: ServiceOptions): ServiceQuestion {
  if (node === undefined || from === undefined || to === undefined) {
    throw new UsageError('service needs --node, --from and --to, or --batch');
  }
  return { node, from, to, protocol };
}

/** One line an answer, in the order of the questions; empty lines are none. */
async function answerLines(simulation: Simulation, text: string): Promise<void> {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const answers = lines.map((line) => {
    const question = readServiceQuestion(line);
    return question.ok ? ask(simulation, question.value) : { error: question.error };
  });
  await writeOut(answers.map((answer) => `${JSON.stringify(answer)}\n`).join(''));
}

function ask(simulation: Simulation, question: ServiceQuestion): ServiceAnswer | { readonly error: string } {
  try {
    const answer = probeService(simulation, question);
    return answer.ok ? answer.value : { error: answer.error };
  } catch (error) {
    return { error: (error as Error).message };
  }
}

function answerText({ verdict, endpoints, masquerade, rules }: ServiceAnswer): string {
  const lines = endpoints.map(({ address, probability }) => `  ${address}  ${(probability * 100).toFixed(2)} %`);
  const hidden = masquerade ? ', masqueraded' : '';
  return `${[`${verdict}${hidden} (${rules} rules tried)`, ...lines].join('\n')}\n`;
}
