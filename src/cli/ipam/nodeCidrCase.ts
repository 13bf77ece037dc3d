import { NodeCidrAllocator } from '../../sim/kubernetes/allocation/nodeCidrAllocator.ts';
import { NO_CIDRS_LEFT, type NodeCidrSet } from '../../sim/kubernetes/allocation/nodeCidrs.ts';
import { familyOf, formatPrefix, type IpPrefix } from '../../wire/address.ts';
import { CaseError, type CaseFields } from './caseFields.ts';
import type { Operation } from './operation.ts';

/** More CIDRs than a cluster can have nodes for. */
const MAX_TIMES = 65_536;

/** Plays a case of the controller manager's node CIDRs; a restart forgets the cursor and reads what nodes have. */
export function nodeCidrCase(input: CaseFields): Operation {
  const created = create(input);
  if (!created.ok) return () => ({ error: created.error });
  let allocator = created.value;
  const nodes = new Map<string, readonly IpPrefix[]>();
  const restart = (occupied: readonly IpPrefix[]): void => {
    const again = create(input);
    if (again.ok) allocator = again.value;
    for (const cidr of occupied) setFor(allocator, cidr).occupy(cidr);
  };
  restart(input.prefixes('occupied'));
  return (op, fields) => {
    const set = onlySet(allocator);
    switch (op) {
      case 'allocateNext':
        return fields.has('times') ? allocateTimes(set, fields.count('times', MAX_TIMES)) : allocateOne(set);
      case 'indexToCIDR':
        return { cidr: formatPrefix(set.at(BigInt(fields.count('index', Number.MAX_SAFE_INTEGER)))) };
      case 'cidrToIndex': {
        const cidr = fields.prefix('cidr');
        const index = set.indexOf(cidr.address);
        return index === undefined ? { error: set.outOfRange(cidr) } : { index: Number(index) };
      }
      case 'occupy':
        return mark(allocator, fields.prefix('cidr'), 'occupy');
      case 'release': {
        if (fields.has('node')) nodes.delete(fields.text('node'));
        return mark(allocator, fields.prefix('cidr'), 'release');
      }
      case 'releaseAll':
        for (const each of allocator.sets) each.release(each.cluster);
        nodes.clear();
        return { allocated: 0 };
      case 'controllerRestart':
        restart(fields.prefixes('occupied'));
        return { ok: true, allocated: allocator.sets.reduce((sum, each) => sum + each.allocated, 0) };
      case 'allocateNode': {
        const cidrs = allocator.allocate();
        if (!cidrs.ok) return { error: cidrs.error };
        nodes.set(fields.text('node'), cidrs.value);
        return { podCIDRs: cidrs.value.map(formatPrefix) };
      }
      case 'occupyNode': {
        const error = allocator.occupy(fields.text('node'), fields.prefixes('podCIDRs'));
        return error === undefined ? { ok: true } : { error };
      }
      case 'releaseNode':
        allocator.release(nodes.get(fields.text('node')) ?? []);
        return { ok: true };
      default:
        return undefined;
    }
  };
}

function create(input: CaseFields): ReturnType<typeof NodeCidrAllocator.create> {
  const cidrs = input.has('clusterCIDRs') ? input.prefixes('clusterCIDRs') : [input.prefix('clusterCIDR')];
  const lengths = input.has('nodeMaskSizes') ? input.list('nodeMaskSizes') : [input.raw('nodeMaskSize')];
  const clusters = cidrs.map((cidr, i) => {
    const nodeLength = lengths[i] ?? (familyOf(cidr.address) === 'IPv4' ? 24 : 64);
    if (typeof nodeLength !== 'number' || !Number.isInteger(nodeLength)) {
      throw new CaseError('nodeMaskSize: expected a whole number');
    }
    return { cidr, nodeLength };
  });
  const services = ['serviceCIDR', 'secondaryServiceCIDR'].filter((name) => input.has(name));
  return NodeCidrAllocator.create(
    clusters,
    services.map((name) => input.prefix(name)),
  );
}

function onlySet(allocator: NodeCidrAllocator): NodeCidrSet {
  const [set] = allocator.sets;
  if (set === undefined) throw new CaseError('clusterCIDR: expected at least one');
  return set;
}

function setFor(allocator: NodeCidrAllocator, cidr: IpPrefix): NodeCidrSet {
  return allocator.sets.find((set) => set.rangeOf(cidr) !== undefined) ?? onlySet(allocator);
}

function allocateOne(set: NodeCidrSet): unknown {
  const cidr = set.allocateNext();
  return cidr === undefined ? { error: NO_CIDRS_LEFT } : { cidr: formatPrefix(cidr) };
}

function allocateTimes(set: NodeCidrSet, times: number): unknown {
  const cidrs: string[] = [];
  while (cidrs.length < times) {
    const cidr = set.allocateNext();
    if (cidr === undefined) return { ok: false, cidrs, error: NO_CIDRS_LEFT };
    cidrs.push(formatPrefix(cidr));
  }
  return { ok: true, cidrs };
}

function mark(allocator: NodeCidrAllocator, cidr: IpPrefix, how: 'occupy' | 'release'): unknown {
  const set = setFor(allocator, cidr);
  const range = set.rangeOf(cidr);
  if (range === undefined) return { error: set.outOfRange(cidr) };
  set[how](cidr);
  return { allocated: set.allocated, begin: Number(range.first), end: Number(range.last) };
}
