import type { CommandOutput } from '../../datamodel/cluster/answer.ts';
import type { PrintedLine } from '../../datamodel/cluster/printed.ts';

/** A tool that has done what it was asked. */
export function printed(lines: readonly PrintedLine[], errors = ''): CommandOutput {
  return { lines, errors, exitCode: 0 };
}

/** A tool that has complained. @param output what it printed besides. */
export function failed(errors: string, exitCode: number, output?: string): CommandOutput {
  return { lines: output === undefined ? [] : [{ text: output }], errors, exitCode };
}
