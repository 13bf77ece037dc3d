import { err, ok, type Result } from '../../../../base/result.ts';
import {
  addressBits,
  familyOf,
  formatPrefix,
  type IpFamily,
  type IpPrefix,
  networkOf,
} from '../../../../wire/address.ts';
import type { HostReservation } from './allocationBlock.ts';
import type { IpamStore, Labels } from './ipamStore.ts';
import type { IpPool, PoolUse } from './ipPool.ts';
import { parseSelector } from './selector.ts';

/** Who asks for addresses of a family, and which pools they insist on. */
export interface PoolQuestion {
  readonly host: string;
  readonly family: IpFamily;
  readonly use: PoolUse;
  /** Pools asked for by their CIDRs; selectors do not matter then. */
  readonly requested: readonly IpPrefix[];
  readonly namespaceLabels: Labels | undefined;
  readonly reserved: HostReservation | undefined;
}

/** Why pools cannot be asked for: among those of one family there is one of the other. */
export function wrongFamily(family: IpFamily, pools: readonly IpPrefix[]): string | undefined {
  if (pools.every((pool) => familyOf(pool.address) === family)) return undefined;
  return `provided ${family} IPPools list contains one or more ${family === 'IPv4' ? 'IPv6' : 'IPv4'} IPPools`;
}

const NOT_QUALIFIED = 'cannot find a qualified ippool';

/** The pools that serve a request, and all of those that select the node, whatever their use. */
export interface QualifiedPools {
  readonly allowed: readonly IpPool[];
  readonly selecting: readonly IpPool[];
}

/** Chooses pools by request, node, namespace and use (libcalico-go/lib/ipam/ipam.go, determinePools). */
export function poolsFor(store: IpamStore, question: PoolQuestion): Result<QualifiedPools, string> {
  const { family, reserved } = question;
  const enabled = store.pools.filter((pool) => !pool.disabled && familyOf(pool.cidr.address) === family);
  const longest = longestBlock(family, reserved);
  if (longest <= 0) return err('HostReservedAttr has wrong parameters');
  const fitting = new Map(
    enabled.filter((pool) => pool.blockSize <= longest).map((pool) => [formatPrefix(networkOf(pool.cidr)), pool]),
  );
  if (fitting.size === 0) return err(NOT_QUALIFIED);
  const selecting = question.requested.length > 0 ? named(fitting, question) : selected(store, enabled, question);
  if (!selecting.ok) return selecting;
  if (selecting.value.length === 0) return err(`no configured Calico pools for node ${question.host}`);
  const allowed = selecting.value.filter((pool) => pool.allowedUses.includes(question.use));
  return allowed.length === 0
    ? err(`${NOT_QUALIFIED}, no pools match the required use (${question.use})`)
    : ok({ allowed, selecting: selecting.value });
}

function named(fitting: ReadonlyMap<string, IpPool>, { requested }: PoolQuestion): Result<readonly IpPool[], string> {
  const pools: IpPool[] = [];
  for (const prefix of requested) {
    const cidr = formatPrefix(networkOf(prefix));
    const pool = fitting.get(cidr);
    if (pool === undefined) return err(`the given pool (${cidr}) does not exist, or is not enabled`);
    pools.push(pool);
  }
  return ok(pools);
}

function selected(
  store: IpamStore,
  enabled: readonly IpPool[],
  { host, namespaceLabels }: PoolQuestion,
): Result<readonly IpPool[], string> {
  const pools: IpPool[] = [];
  for (const pool of enabled) {
    if (pool.assignmentMode !== 'Automatic') continue;
    const selects = selectsNode(store, pool, host);
    if (!selects.ok) return selects;
    if (!selects.value) continue;
    const inNamespace = selectsNamespace(pool, namespaceLabels);
    if (!inNamespace.ok) return inNamespace;
    if (inNamespace.value) pools.push(pool);
  }
  return ok(pools);
}

/** Whether a pool serves a node at all. */
export function selectsNode(store: IpamStore, pool: IpPool, host: string): Result<boolean, string> {
  const selector = parseSelector(pool.nodeSelector);
  return selector.ok ? ok(selector.value(store.nodes.get(host) ?? NO_LABELS)) : selector;
}

function selectsNamespace(pool: IpPool, labels: Labels | undefined): Result<boolean, string> {
  if (pool.namespaceSelector === '') return ok(true);
  const selector = parseSelector(pool.namespaceSelector);
  // A request without a namespace, as for a tunnel's address, matches no selector of one.
  return selector.ok ? ok(labels !== undefined && selector.value(labels)) : selector;
}

const NO_LABELS: Labels = new Map();

/** Prefix length of the smallest block that still holds what a host reserves, and something besides. */
function longestBlock(family: IpFamily, reserved: HostReservation | undefined): number {
  const bits = addressBits(family);
  if (reserved === undefined) return bits;
  const count = reserved.startOfBlock + reserved.endOfBlock;
  return count > 0 ? bits - count.toString(2).length : 0;
}
