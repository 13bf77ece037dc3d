/** One operation of a recorded case, with what upstream returns. */
export interface ExpectedOperation {
  readonly op: string;
  readonly expect?: unknown;
}

/** What upstream's tests do, as data: to begin with, step by step, and what must come of it. */
export interface Situation {
  readonly name: string;
  readonly plugin: string;
  readonly input: object;
  readonly operations: readonly (ExpectedOperation & object)[];
}
