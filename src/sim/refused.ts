import type { Applied, CommandOutput } from '../datamodel/cluster/answer.ts';

/** The answer to a command that has changed nothing. */
export function refused(source: string, message: string, output?: CommandOutput): Applied {
  const said = output ?? { lines: [], errors: message, exitCode: 1 };
  return { ok: false, problems: [{ source, message }], output: said };
}
