import { assignIp } from '../../sim/controlplane/ipam/calico/assignIp.ts';
import {
  type AssignedAddress,
  type Assignment,
  type AutoAssignRequest,
  autoAssign,
} from '../../sim/controlplane/ipam/calico/autoAssign.ts';
import type { IpamStore } from '../../sim/controlplane/ipam/calico/ipamStore.ts';
import { wrongFamily } from '../../sim/controlplane/ipam/calico/poolsFor.ts';
import { familyOf, formatPrefix, type IpFamily } from '../../wire/address.ts';
import { hostReservation, poolUse } from './calicoStore.ts';
import type { CaseFields } from './caseFields.ts';

/** More addresses than any node takes at once. */
const MAX_ADDRESSES = 65_536;
const MAX_BLOCKS = 1_000_000;

/**
 * Assigns `num4` and `num6` addresses to a host, IPv4 first, and IPv6 only if that raised no error. What is told of the blocks
 * is seen from the host: its own, those of others that it borrowed from, and those of others that it kept away from.
 */
export function autoAssignAnswer(store: IpamStore, input: CaseFields, fields: CaseFields): unknown {
  const host = hostOf(input, fields);
  // Where there are pools of IPv6 alone, the one number that is asked for is of theirs.
  const onlyIpv6 = !fields.has('num6') && store.pools.every((pool) => familyOf(pool.cidr.address) === 'IPv6');
  const first = onlyIpv6 || (fields.has('num6') && !fields.has('num4')) ? 'IPv6' : 'IPv4';
  const others = othersWithBlocks(store, host, first);
  const ipv4 = onlyIpv6 ? NOTHING : assign(store, input, fields, host, 'IPv4', 'num4');
  const ipv6 =
    ipv4.error === undefined ? assign(store, input, fields, host, 'IPv6', onlyIpv6 ? 'num4' : 'num6') : NOTHING;
  const shown = first === 'IPv4' ? ipv4 : ipv6;
  const messages = [...ipv4.messages, ...ipv6.messages];
  return {
    ...counted(shown, host),
    ...(fields.has('num6') && { count4: ipv4.addresses.length, count6: ipv6.addresses.length }),
    ...(fields.has('num6') && { ips6: ipv6.addresses.map(({ address }) => address) }),
    message: messages.length > 0 ? messages.join('; ') : null,
    error: ipv4.error ?? ipv6.error ?? null,
    differentBlockFrom: keptAwayFrom(others, shown),
  };
}

/** Assigns one certain address to the host of the operation, or of the case. */
export function assignIpAnswer(store: IpamStore, input: CaseFields, fields: CaseFields): unknown {
  const handle = fields.optionalText('handle');
  const reserved = hostReservation(fields) ?? hostReservation(input);
  const error = assignIp(store, {
    host: hostOf(input, fields),
    address: fields.address('ip'),
    maxPerHandle: fields.count(MAX_PER_HANDLE, MAX_ADDRESSES, 0),
    ...(handle !== undefined && { handle }),
    ...(fields.has('use') && { use: poolUse(fields.raw('use')) }),
    ...(fields.has('attrs') && { attributes: fields.texts('attrs') }),
    ...(reserved && { reserved }),
  });
  return error === undefined ? { ok: true, error: null } : { error };
}

/** Upstream's name for how many addresses of a family a handle may have. */
const MAX_PER_HANDLE = 'maxAllocToHandlePerIPVersion';

/** Whom an operation is for: the case's host where it does not say. */
export function hostOf(input: CaseFields, fields: CaseFields): string {
  return fields.optionalText('host') ?? input.text('host');
}

const NOTHING: Assignment = { addresses: [], messages: [] };

function assign(
  store: IpamStore,
  input: CaseFields,
  fields: CaseFields,
  host: string,
  family: IpFamily,
  asked: 'num4' | 'num6',
): Assignment {
  const count = fields.count(asked, MAX_ADDRESSES, 0);
  if (count === 0) return NOTHING;
  const handle = fields.optionalText('handle');
  const pools = fields.prefixes(family === 'IPv4' || !fields.has('pools6') ? 'pools' : 'pools6');
  const wrong = wrongFamily(family, pools);
  if (wrong !== undefined) return { ...NOTHING, error: wrong };
  const reserved = hostReservation(fields) ?? hostReservation(input);
  const limit = fields.has('maxBlocksPerHost') ? fields : input;
  const request: AutoAssignRequest = {
    host,
    family,
    count,
    pools,
    maxBlocksPerHost: limit.count(limit === fields ? 'maxBlocksPerHost' : 'maxBlocksPerHostRequest', MAX_BLOCKS, 0),
    ...(fields.has('use') && { use: poolUse(fields.raw('use')) }),
    maxPerHandle: fields.count(MAX_PER_HANDLE, MAX_ADDRESSES, 0),
    ...(handle !== undefined && { handle }),
    ...(fields.has('attrs') && { attributes: fields.texts('attrs') }),
    ...(fields.has('namespaceLabels') && { namespaceLabels: fields.texts('namespaceLabels') }),
    ...(reserved && { reserved }),
  };
  return autoAssign(store, request);
}

function counted({ addresses }: Assignment, host: string): object {
  const own = addresses.filter((assigned) => isOf(assigned, host));
  const borrowedFrom: Record<string, number> = Object.create(null) as Record<string, number>;
  for (const assigned of addresses) {
    if (isOf(assigned, host)) continue;
    const lender = assigned.owner?.host ?? '';
    borrowedFrom[lender] = (borrowedFrom[lender] ?? 0) + 1;
  }
  const [firstAddress] = addresses;
  return {
    count: addresses.length,
    ip: firstAddress?.address ?? null,
    block: firstAddress ? formatPrefix(firstAddress.block) : null,
    ips: addresses.map(({ address }) => address),
    fromOwnBlock: own.length,
    borrowed: own.length < addresses.length,
    borrowedFrom,
  };
}

function isOf({ owner }: AssignedAddress, host: string): boolean {
  return owner?.host === host;
}

/** Who else had blocks of the family before. */
function othersWithBlocks(store: IpamStore, host: string, family: IpFamily): ReadonlyMap<string, ReadonlySet<string>> {
  const others = new Map<string, Set<string>>();
  for (const { cidr, affinity } of store.blocks()) {
    if (affinity === undefined || affinity.host === host || familyOf(cidr.address) !== family) continue;
    const blocks = others.get(affinity.host) ?? new Set<string>();
    others.set(affinity.host, blocks.add(formatPrefix(cidr)));
  }
  return others;
}

/** The one host, or the hosts, none of whose blocks was used. */
function keptAwayFrom(
  others: ReadonlyMap<string, ReadonlySet<string>>,
  { addresses }: Assignment,
): string | readonly string[] | null {
  const used = new Set(addresses.map(({ block }) => formatPrefix(block)));
  const hosts = [...others].filter(([, blocks]) => ![...blocks].some((block) => used.has(block))).map(([host]) => host);
  return addresses.length === 0 || hosts.length === 0 ? null : hosts.length === 1 ? (hosts[0] ?? null) : hosts;
}
