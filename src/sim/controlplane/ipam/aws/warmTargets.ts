import type { WarmTargets } from '../../../../datamodel/kubernetes/awsVpcConfig.ts';
import type { Eni } from './eni.ts';
import type { PoolStats } from './eniPool.ts';

export const ADDRESSES_PER_PREFIX = 16;

/** What an interface can have: addresses, or prefixes in their place. */
export interface EniCapacity {
  readonly prefixDelegation: boolean;
  /** Addresses or prefixes an interface. */
  readonly perEni: number;
}

export function addressTargetsSet({ addresses, minimum }: WarmTargets): boolean {
  return addresses > 0 || minimum > 0;
}

function available({ total, assigned, cooling }: PoolStats): number {
  return total - assigned - cooling;
}

/** How many addresses are missing to the targets, or how many prefixes with prefix delegation (ipamd.go, datastoreTargetState). */
export function shortOf(targets: WarmTargets, { prefixDelegation }: EniCapacity, stats: PoolStats): number {
  const short = Math.max(0, targets.addresses - available(stats), targets.minimum - stats.total);
  return prefixDelegation ? Math.ceil(short / ADDRESSES_PER_PREFIX) : short;
}

/** How many addresses or whole prefixes there are beyond the targets. */
export function overBy(targets: WarmTargets, { prefixDelegation }: EniCapacity, stats: PoolStats): number {
  if (!addressTargetsSet(targets)) {
    const spare = prefixDelegation && targets.prefixes > 0 ? stats.freePrefixes - targets.prefixes : 0;
    return Math.max(0, spare);
  }
  if (!prefixDelegation) {
    return Math.max(0, Math.min(available(stats) - targets.addresses, stats.total - targets.minimum));
  }
  const forWarm = Math.ceil((stats.assigned + targets.addresses) / ADDRESSES_PER_PREFIX);
  const forMinimum = Math.ceil(targets.minimum / ADDRESSES_PER_PREFIX);
  return Math.max(0, Math.min(stats.freePrefixes, stats.prefixes - forWarm, stats.prefixes - forMinimum));
}

/** Whether more addresses are wanted (ipamd.go, isDatastorePoolTooLow). */
export function isTooLow(targets: WarmTargets, capacity: EniCapacity, stats: PoolStats): boolean {
  if (addressTargetsSet(targets)) return shortOf(targets, capacity, stats) > 0;
  const warm = capacity.prefixDelegation ? targets.prefixes : targets.enis;
  const each = capacity.prefixDelegation ? ADDRESSES_PER_PREFIX : capacity.perEni;
  return available(stats) < warm * each || (warm === 0 && available(stats) === 0);
}

/** How many addresses or prefixes to ask EC2 for in one go. */
export function wanted(targets: WarmTargets, capacity: EniCapacity, stats: PoolStats): number {
  const short = addressTargetsSet(targets) ? shortOf(targets, capacity, stats) : undefined;
  if (!capacity.prefixDelegation) return short ?? capacity.perEni;
  return Math.max(1, short ?? targets.prefixes - stats.freePrefixes);
}

/** Whether enough addresses are ready to look for an interface to give back (ipamd.go, shouldRemoveExtraENIs). */
export function mayRemoveEni(targets: WarmTargets, capacity: EniCapacity, stats: PoolStats): boolean {
  if (addressTargetsSet(targets)) return true;
  const { prefixDelegation, perEni } = capacity;
  const each = prefixDelegation ? perEni * ADDRESSES_PER_PREFIX : perEni;
  const warm = prefixDelegation ? targets.prefixes : targets.enis;
  return available(stats) >= (warm + 1) * each || prefixDelegation;
}

/** Whether the other interfaces alone would fall short of a target (data_store.go, isRequiredFor…). */
export function fallShort(targets: WarmTargets, { prefixDelegation }: EniCapacity, others: readonly Eni[]): boolean {
  const cidrs = others.flatMap((eni) => eni.cidrs);
  const total = cidrs.reduce((sum, cidr) => sum + cidr.size, 0);
  const unassigned = cidrs.reduce((sum, cidr) => sum + cidr.size - cidr.assigned, 0);
  const free = cidrs.filter((cidr) => cidr.assigned === 0).length;
  const round = (target: number): number =>
    prefixDelegation ? Math.ceil(target / ADDRESSES_PER_PREFIX) * ADDRESSES_PER_PREFIX : target;
  return (
    unassigned < round(targets.addresses) ||
    total < round(targets.minimum) ||
    (prefixDelegation && free < targets.prefixes)
  );
}
