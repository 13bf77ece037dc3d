import { type Json, jsonObject, marshalIndented } from './json.ts';

/** Codes of the specification, and what plugins use for errors of their own (pkg/types/types.go). */
export const CODES = {
  incompatibleVersion: 1,
  unsupportedField: 2,
  unknownContainer: 3,
  invalidEnvironment: 4,
  ioFailure: 5,
  decodingFailure: 6,
  invalidNetworkConfig: 7,
  tryAgainLater: 11,
  pluginNotAvailable: 50,
  internal: 999,
} as const;

/** A plugin's answer when it could not do what it was asked to: on standard output, with exit code 1. */
export class CniError extends Error {
  readonly code: number;
  readonly details: string;

  constructor(code: number, message: string, details = '') {
    super(message);
    this.code = code;
    this.details = details;
  }

  /** In one line, as whoever called the plugin repeats it. */
  text(): string {
    return this.details === '' ? this.message : `${this.message}; ${this.details}`;
  }

  print(): string {
    const { code, message, details } = this;
    return marshalIndented(jsonObject({ code, msg: message, ...(details !== '' && { details }) }));
  }

  toJson(): Json {
    const { code, message, details } = this;
    return jsonObject({ code, msg: message, ...(details !== '' && { details }) });
  }
}

/** An error inside of a plugin, in Go's words; the plugin's frame gives it the code 999. */
export class PluginFailure extends Error {
  /** What a delegate answered, when that is what these words were wrapped around. */
  readonly delegate: CniError | undefined;

  constructor(message: string, delegate?: CniError) {
    super(message);
    this.delegate = delegate;
  }
}

/** The words of whatever was thrown by a plugin's code. Anything else is this program's own fault and goes on. */
export function failureText(error: unknown): string {
  if (error instanceof CniError) return error.text();
  if (error instanceof PluginFailure) return error.message;
  throw error;
}
