import type { CommandError } from './parsedCommand.ts';

/** A tool's way of giving up in the middle of its arguments; caught where the command line was handed in. */
export class Complaint extends Error {
  readonly exitCode: number;
  readonly output: string | undefined;

  /** @param output what the tool prints besides, on standard output. */
  constructor(text: string, exitCode: number, output?: string) {
    super(text);
    this.exitCode = exitCode;
    this.output = output;
  }

  get result(): CommandError {
    const { message: text, exitCode, output } = this;
    return { type: 'error', text, exitCode, ...(output !== undefined && { output }) };
  }
}

/** What Linux has and this simulation does not, in our own words. */
export function notSimulated(what: string): Complaint {
  return new Complaint(`hopscope: ${what} is not simulated`, 1);
}
