import type { Result } from '../../base/result.ts';
import {
  type AddressRange,
  addressRange,
  type DeclaredRange,
  rangeContains,
} from '../../sim/controlplane/ipam/addressRange.ts';
import { type AllocatedAddress, HostLocal } from '../../sim/controlplane/ipam/hostLocal.ts';
import { type RangeSet, rangeSet, rangeSets, setsOverlap } from '../../sim/controlplane/ipam/rangeSet.ts';
import { formatPrefix, type IpAddress, parseIpAddress } from '../../wire/address.ts';
import { CaseError, CaseFields } from './caseFields.ts';
import type { Operation } from './operation.ts';

/** Plays a case of host-local: `ADD`, `DEL`, `CHECK`, and what its ranges are held against. */
export function hostLocalCase(input: CaseFields): Operation {
  const declared = (): readonly (readonly DeclaredRange[])[] => input.lists('ranges').map(readRanges);
  let node: Result<HostLocal, string> | undefined;
  const ipam = (): Result<HostLocal, string> => {
    node ??= nodeOf(input, declared());
    return node;
  };
  return (op, fields) => {
    switch (op) {
      case 'ADD':
        return add(ipam(), fields);
      case 'DEL': {
        const found = ipam();
        if (found.ok) found.value.del(ownerOf(fields));
        return found.ok ? { ok: true } : { error: found.error };
      }
      case 'CHECK': {
        const found = ipam();
        if (!found.ok) return { error: found.error };
        const owner = ownerOf(fields);
        return found.value.store.addressesOf(owner).length > 0
          ? { ok: true }
          : { error: `host-local: Failed to find address added by container ${owner.containerId}` };
      }
      case 'canonicalize':
        return rangeAnswer(addressRange(readRange(input.fields('range'))));
      case 'canonicalizeSet': {
        const set = rangeSet(readRanges(input.list('ranges')));
        return set.ok ? { ok: true, ranges: set.value.map(rangeJson) } : { error: set.error };
      }
      case 'overlaps':
        return setsOverlap(setOf(input, 'a'), setOf(input, 'b'));
      case 'contains':
        return setOf(input, input.has('range') ? 'range' : 'ranges').some((range) =>
          rangeContains(range, fields.address('ip')),
        );
      default:
        return undefined;
    }
  };
}

function nodeOf(input: CaseFields, declared: readonly (readonly DeclaredRange[])[]): Result<HostLocal, string> {
  const sets = rangeSets(declared);
  if (!sets.ok) return sets;
  const ipam = new HostLocal(sets.value);
  for (const [address, containerId] of reservedOf(input)) {
    ipam.store.hold(address, { containerId, ifname: 'eth0' });
  }
  const last = input.raw('lastReservedIP');
  for (const [set, entry] of (Array.isArray(last) ? (last as unknown[]) : [last]).entries()) {
    const address = typeof entry === 'string' ? parseIpAddress(entry) : undefined;
    if (address !== undefined) ipam.store.setLastReserved(set, address);
  }
  return { ok: true, value: ipam };
}

/** Addresses that somebody has: a list, or a map of who. */
function reservedOf(input: CaseFields): readonly (readonly [IpAddress, string])[] {
  const given = input.raw('reserved') ?? [];
  const pairs = Array.isArray(given)
    ? (given as unknown[]).map((address) => [address, 'id'] as const)
    : [...input.texts('reserved')];
  return pairs.map(([text, owner]) => {
    const address = typeof text === 'string' ? parseIpAddress(text) : undefined;
    if (address === undefined) throw new CaseError('reserved: expected IP addresses');
    return [address, owner];
  });
}

function add(found: Result<HostLocal, string>, fields: CaseFields): unknown {
  if (!found.ok) return { error: found.error };
  const ipam = found.value;
  const asked = fields.optionalAddress('requestedIP');
  // One set and no more than one address asked for is the allocator by itself; anything else takes the plugin around it.
  if (ipam.sets.length === 1 && !fields.has('requestedIPs')) {
    const one = ipam.allocate(0, ownerOf(fields), asked);
    return one.ok ? addedJson([one.value]) : { error: one.error };
  }
  const added = ipam.add(ownerOf(fields), [
    ...(asked === undefined ? [] : [asked]),
    ...fields.addresses('requestedIPs'),
  ]);
  return added.ok ? addedJson(added.value) : { error: added.error.message };
}

function addedJson(added: readonly AllocatedAddress[]): unknown {
  return {
    ip: added[0]?.address.address,
    ips: added.map(({ address }) => formatPrefix(address)),
    gateway: added[0]?.gateway,
  };
}

function ownerOf(fields: CaseFields): { readonly containerId: string; readonly ifname: string } {
  return { containerId: fields.text('containerID'), ifname: fields.optionalText('ifname') ?? 'eth0' };
}

function setOf(input: CaseFields, name: string): RangeSet {
  const raw = input.raw(name);
  const entries: readonly unknown[] = Array.isArray(raw) ? raw.flat() : [raw];
  const ranges: AddressRange[] = [];
  for (const range of readRanges(entries).map(addressRange)) {
    if (!range.ok) throw new CaseError(range.error);
    ranges.push(range.value);
  }
  return ranges;
}

function readRanges(entries: readonly unknown[]): readonly DeclaredRange[] {
  return entries.map((entry) => readRange(new CaseFields(entry, 'range')));
}

function readRange(fields: CaseFields): DeclaredRange {
  const rangeStart = fields.optionalAddress('rangeStart');
  const rangeEnd = fields.optionalAddress('rangeEnd');
  const gateway = fields.optionalAddress('gateway');
  return {
    subnet: fields.prefix('subnet'),
    ...(rangeStart !== undefined && { rangeStart }),
    ...(rangeEnd !== undefined && { rangeEnd }),
    ...(gateway !== undefined && { gateway }),
  };
}

function rangeAnswer(range: Result<AddressRange, string>): unknown {
  return range.ok ? rangeJson(range.value) : { error: range.error };
}

function rangeJson({ subnet, start, end, gateway }: AddressRange): unknown {
  return { subnet: formatPrefix(subnet), rangeStart: start, rangeEnd: end, gateway };
}
