import type { IpPrefix } from '../../wire/address.ts';
import { type EntryId, LOCAL_TABLE, MAIN_TABLE, type Owner } from './tables.ts';

/** One line of `ip rule`: packets that agree with all that is said are looked up in its table, and come back if that has no route. */
export interface PolicyRule {
  readonly id: EntryId;
  readonly owner: Owner;
  /** The lower is asked first. */
  readonly priority: number;
  readonly source?: IpPrefix;
  readonly destination?: IpPrefix;
  readonly mark?: { readonly value: number; readonly mask: number };
  /** `lo`: packets made here. */
  readonly inputDevice?: string;
  readonly table: number;
}

export const DEFAULT_TABLE = 253;

/** The rules that a namespace is born with (Linux: net/ipv4/fib_rules.c, fib_default_rules_init). */
export const BORN_RULES: readonly PolicyRule[] = [
  { id: 'rule/0', owner: 'kernel', priority: 0, table: LOCAL_TABLE },
  { id: 'rule/32766', owner: 'kernel', priority: 32766, table: MAIN_TABLE },
  { id: 'rule/32767', owner: 'kernel', priority: 32767, table: DEFAULT_TABLE },
];
