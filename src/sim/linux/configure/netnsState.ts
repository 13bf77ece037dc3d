import { err, type Result } from '../../../base/result.ts';
import type { Errno, Refusal } from '../../../datamodel/network/edit.ts';
import type { Link } from '../../../datamodel/network/link.ts';
import type { Netns } from '../../../datamodel/network/netns.ts';
import type { RuntimeTables } from '../../../datamodel/network/runtime.ts';
import type { EntryId } from '../../../datamodel/network/tables.ts';

/** A namespace as its kernel has it: what it was told and what it has learned. */
export interface NetnsState {
  readonly netns: Netns;
  readonly runtime: RuntimeTables;
}

export type EditResult = Result<NetnsState, Refusal>;

/** Gives the entries that an edit writes their ids: never the same twice in a namespace. */
export type NewId = () => EntryId;

/** Owner of what people write. */
export const USER = 'user';

export function refuse(errno: Errno, message?: string): { readonly ok: false; readonly error: Refusal } {
  return err({ type: 'errno', errno, ...(message !== undefined && { message }) });
}

export function noDevice(
  name: string,
  as: 'device' | 'master' = 'device',
): { readonly ok: false; readonly error: Refusal } {
  return err({ type: 'noDevice', name, as });
}

export function linkOf(state: NetnsState, name: string): Link | undefined {
  return state.netns.links.find((link) => link.name === name);
}

export function withNetns(state: NetnsState, change: Partial<Netns>): NetnsState {
  return { ...state, netns: { ...state.netns, ...change } };
}

export function withRuntime(state: NetnsState, change: Partial<RuntimeTables>): NetnsState {
  return { ...state, runtime: { ...state.runtime, ...change } };
}

/** The list without what the test holds for; itself when nothing goes. */
export function without<T>(list: readonly T[], test: (entry: T) => boolean): readonly T[] {
  const kept = list.filter((entry) => !test(entry));
  return kept.length === list.length ? list : kept;
}

/** The list with another in the place of one. */
export function replaced<T>(list: readonly T[], old: T, by: T): readonly T[] {
  return list.map((entry) => (entry === old ? by : entry));
}
