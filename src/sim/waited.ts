import { err, ok, type Result } from '../base/result.ts';
import type { Command } from '../datamodel/cluster/command.ts';
import type { Configuration } from './configuration.ts';

/**
 * The virtual time, in nanoseconds, that it is after waiting: never before the last deed that routing agents have to do with.
 * @returns why there is nothing to wait for, where there is not.
 */
export function waited(
  { routing, settledAt }: Configuration,
  now: number,
  { until }: Extract<Command, { readonly type: 'wait' }>,
): Result<number, string> {
  const last = routing.deeds.at(-1);
  if (until === 'converged') return ok(last === undefined ? now : Math.max(now, settledAt));
  if (last === undefined) return err('Nothing has been done that routing agents have to do with');
  return ok(last.at + Math.max(0, Math.round(until * 1e9)));
}
