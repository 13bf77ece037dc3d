import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Simulation } from '../sim/simulation.ts';
import { CUT_WAYS, type CutWay, cuttable, readCut } from './bgpCut.ts';
import { runCommands } from './execOption.ts';
import { UsageError } from './usageError.ts';

/** Something is cut before traffic is sent, and how long before. */
export interface CutOptions {
  readonly exec: readonly string[];
  readonly cut?: string;
  readonly how?: CutWay;
  readonly at?: number | 'converged';
}

const MOST_SECONDS = 3600;

/** Adds the options for it to a command that sends something. */
export function withCutOptions(command: Command): Command {
  return command
    .option('--cut <WHAT>', 'first cut a link, a machine, or MACHINE/INTERFACE')
    .addOption(new Option('--how <WAY>', 'how it is cut (default: down)').choices(CUT_WAYS))
    .option(
      '--at <SECONDS>',
      'when it is sent: so long after the cut, or after the last --exec, and meeting the routes of that moment; ' +
        '`converged`, the default, is when the last route has changed',
      seconds,
    );
}

/** Runs the commands, cuts what is to be cut, and lets as much time pass as was asked for. @throws UsageError */
export function runCut(simulation: Simulation, { exec, cut, how, at = 'converged' }: CutOptions): void {
  if (how !== undefined && cut === undefined) throw new UsageError('--how needs --cut');
  runCommands(simulation, exec, cut !== undefined || at === 'converged');
  if (cut !== undefined) {
    const does = readCut(cut, how ?? 'down', cuttable(simulation.plan()));
    const applied = simulation.apply({ type: 'cut', does });
    if (!applied.ok) throw new UsageError(`--cut ${cut}: ${applied.problems[0]?.message}`, 1);
  }
  const waited = simulation.apply({ type: 'wait', until: at });
  // where nobody speaks BGP it is as good a time as any
  if (!waited.ok && cut === undefined) throw new UsageError(`--at ${at}: ${waited.problems[0]?.message}`, 1);
}

function seconds(text: string): number | 'converged' {
  if (text === 'converged') return text;
  const value = /^\+?\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (value >= 0 && value <= MOST_SECONDS) return value;
  throw new InvalidArgumentError(`Expected seconds from 0 to ${MOST_SECONDS}, or converged.`);
}
