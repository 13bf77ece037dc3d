import type { CommandError } from './parsedCommand.ts';

/** A tool's way of giving up in the middle of its arguments; caught where the command line was handed in. */
export class Complaint extends Error {
  readonly exitCode: number;

  constructor(text: string, exitCode: number) {
    super(text);
    this.exitCode = exitCode;
  }

  get result(): CommandError {
    return { type: 'error', text: this.message, exitCode: this.exitCode };
  }
}

/** What Linux has and this simulation does not, in our own words. */
export function notSimulated(what: string): Complaint {
  return new Complaint(`hopscope: ${what} is not simulated`, 1);
}
