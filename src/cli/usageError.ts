/** Something the caller can put right: printed as it is, without a stack. 1: bad manifests or references, 2: bad options. */
export class UsageError extends Error {
  readonly exitCode: 1 | 2;

  constructor(message: string, exitCode: 1 | 2 = 2) {
    super(message);
    this.exitCode = exitCode;
  }
}
