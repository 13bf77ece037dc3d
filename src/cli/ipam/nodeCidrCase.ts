import { err } from '../../base/result.ts';
import { NodeCidrAllocator } from '../../sim/kubernetes/allocation/nodeCidrAllocator.ts';
import { NO_CIDRS_LEFT, type NodeCidrSet } from '../../sim/kubernetes/allocation/nodeCidrs.ts';
import { familyOf, formatPrefix, type IpPrefix } from '../../wire/address.ts';
import { CaseError, type CaseFields } from './caseFields.ts';
import type { Operation } from './operation.ts';

/** More CIDRs than a cluster can have nodes for. */
const MAX_TIMES = 65_536;

/** Plays a case of the controller manager's node CIDRs; a restart forgets the cursor and reads what nodes have. */
export function nodeCidrCase(input: CaseFields): Operation {
  const nodes = new Map<string, readonly IpPrefix[]>();
  let started = start(input, input, nodes);
  return (op, fields) => {
    if (op === 'controllerRestart') {
      started = start(input, fields, nodes);
      if (!started.ok) return { error: started.error };
      return { ok: true, allocated: started.value.sets.reduce((sum, each) => sum + each.allocated, 0) };
    }
    if (!started.ok) return { error: started.error };
    const allocator = started.value;
    const set = onlySet(allocator);
    switch (op) {
      case 'allocateNext': {
        if (fields.has('times')) return allocateTimes(set, fields.count('times', MAX_TIMES));
        const cidr = set.allocateNext();
        if (cidr === undefined) return { error: NO_CIDRS_LEFT };
        if (fields.has('node')) nodes.set(fields.text('node'), [cidr]);
        return { cidr: formatPrefix(cidr) };
      }
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
        const [known] = fields.has('node') ? (nodes.get(fields.text('node')) ?? []) : [];
        if (fields.has('node')) nodes.delete(fields.text('node'));
        return mark(allocator, known && !fields.has('cidr') ? known : fields.prefix('cidr'), 'release');
      }
      case 'releaseAll':
        for (const each of allocator.sets) each.release(each.cluster);
        nodes.clear();
        return { allocated: 0 };
      case 'allocateNode': {
        const node = fields.text('node');
        const known = nodes.get(node);
        if (known) return { podCIDRs: known.map(formatPrefix) };
        const cidrs = allocator.allocate();
        if (!cidrs.ok) return { error: cidrs.error };
        nodes.set(node, cidrs.value);
        return { podCIDRs: cidrs.value.map(formatPrefix) };
      }
      case 'occupyNode': {
        const cidrs = fields.prefixes('podCIDRs');
        const error = allocator.occupy(fields.text('node'), cidrs);
        if (error === undefined) nodes.set(fields.text('node'), cidrs);
        return error === undefined ? { ok: true } : { error };
      }
      case 'releaseNode': {
        const node = fields.text('node');
        const error = allocator.release(node, fields.has('podCIDRs') ? fields.prefixes('podCIDRs') : nodes.get(node));
        nodes.delete(node);
        return error === undefined ? { ok: true } : { error };
      }
      default:
        return undefined;
    }
  };
}

/** A controller that starts: it reads what is occupied, and what nodes have, one that cannot have that being its end. */
function start(
  input: CaseFields,
  fields: CaseFields,
  nodes: Map<string, readonly IpPrefix[]>,
): ReturnType<typeof NodeCidrAllocator.create> {
  const created = create(input);
  if (!created.ok) return created;
  const allocator = created.value;
  for (const cidr of fields.prefixes('occupied')) {
    const set = setFor(allocator, cidr);
    if (!set.occupy(cidr)) return err(set.outOfRange(cidr));
  }
  // A restart finds what nodes have been given, unless the case says otherwise.
  const found = fields.has('occupied') || fields.has('nodes') ? [] : [...nodes];
  for (const [name, cidrs] of found) allocator.occupy(name, cidrs);
  for (const entry of fields.objects('nodes')) {
    const [name, cidrs] = [entry.text('name'), entry.prefixes('podCIDRs')];
    const problem = allocator.occupy(name, cidrs);
    if (problem !== undefined) return err(problem);
    if (cidrs.length > 0) nodes.set(name, cidrs);
  }
  return created;
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
