import { ok, type Result } from '../base/result.ts';
import type { CommandOutput } from '../datamodel/cluster/answer.ts';
import type { Edit } from '../datamodel/network/edit.ts';
import type { NetnsId } from '../datamodel/network/netnsId.ts';
import type { Found } from './course.ts';
import { type EditRecord, idsOf } from './edits.ts';
import type { LearnedChange } from './linux/change.ts';
import { otherEnds } from './otherEnds.ts';
import type { Shell } from './shell/shell.ts';

/** What a command line came to. */
export interface Typed {
  readonly output: CommandOutput;
  /** Absent: nothing was changed. */
  readonly record?: EditRecord;
}

/**
 * Runs a command line in a namespace as it is found at a moment.
 * @param line with every veth named.
 * @returns the tool's output alone, where it failed.
 */
export function typed(
  found: Found,
  { id, netns, line, written }: Pick<EditRecord, 'id' | 'netns' | 'line'> & { readonly written: string },
  shell: Shell,
): Result<Typed, CommandOutput> | undefined {
  const kernel = found.configuration.netns(netns);
  if (kernel === undefined) return undefined;
  const before = found.learned(netns);
  const { output, state, edits } = shell.run(line, { netns: kernel, runtime: before }, found.time, idsOf(id));
  if (output.exitCode !== 0) return { ok: false, error: output };
  if (state === undefined) return ok({ output });
  const parts = new Map<NetnsId, readonly Edit[]>(
    state.netns === kernel ? [] : [[netns, edits], ...otherEnds(kernel, edits)],
  );
  const learned = new Map<NetnsId, LearnedChange>(
    state.runtime === before ? [] : [[netns, { before, after: state.runtime }]],
  );
  return ok({ output, record: { id, netns, line: written, parts, learned } });
}
