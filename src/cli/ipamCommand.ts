import { Command } from 'commander';
import { type IpamAnswer, playIpamCase } from './ipam/ipamCase.ts';
import { readStandardInput } from './loadCluster.ts';
import { writeOut } from './output.ts';
import { UsageError } from './usageError.ts';

/** `hopscope ipam`: what IPAM plugins and controllers answer to a sequence of operations. */
export function ipamCommand(): Command {
  return new Command('ipam')
    .description('play sequences of operations on host-local, calico-ipam, aws-vpc-cni, nodecidr or cluster-pool')
    .option('--batch', 'read a case a line from standard input: {"plugin","input","operations"}', false)
    .action(async ({ batch }: { readonly batch: boolean }) => {
      if (!batch) throw new UsageError('ipam needs --batch');
      return writeOut(ipamLines(await readStandardInput()));
    });
}

/** One line an answer, in the order of the cases; empty lines are none. */
export function ipamLines(text: string): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.map((line) => `${JSON.stringify(answerLine(line))}\n`).join('');
}

function answerLine(line: string): IpamAnswer | { readonly error: string } {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    return { error: (error as Error).message };
  }
  const answer = playIpamCase(value);
  return answer.ok ? answer.value : { error: answer.error };
}
