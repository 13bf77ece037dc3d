import {
  AllocationBlock,
  type BlockAffinity,
  type HostReservation,
  WINDOWS_RESERVATION,
} from '../../sim/controlplane/ipam/calico/allocationBlock.ts';
import type { IpamConfig } from '../../sim/controlplane/ipam/calico/ipamConfig.ts';
import { IpamStore, type Labels } from '../../sim/controlplane/ipam/calico/ipamStore.ts';
import { blockSizeProblem, type IpPool, ipPool, type PoolUse } from '../../sim/controlplane/ipam/calico/ipPool.ts';
import { parseSelector } from '../../sim/controlplane/ipam/calico/selector.ts';
import { formatPrefix, networkOf, parseIpAddress, parseSloppyIpPrefix } from '../../wire/address.ts';
import { CaseError, CaseFields } from './caseFields.ts';

const USES: readonly PoolUse[] = ['Workload', 'Tunnel', 'LoadBalancer'];
const MAX_BLOCKS = 1_000_000;

/** What a case says of Calico's datastore. */
export function calicoStore(input: CaseFields): IpamStore {
  const store = new IpamStore({
    pools: calicoPools(input),
    config: calicoConfig(input.fields('config')),
    reserved: reservedOf(input),
    nodes: calicoNodes(input),
  });
  for (const block of input.list('existingBlocks')) restore(store, block);
  return store;
}

/** `pools` of a case, those that it does not have being `[]`. */
export function calicoPools(fields: CaseFields): readonly IpPool[] {
  return fields.objects('pools').map((entry) => {
    const cidr = networkOf(entry.prefix('cidr'));
    const given = ipPool(cidr);
    const uses = entry.has('allowedUses') ? entry.list('allowedUses').map(poolUse) : given.allowedUses;
    const pool: IpPool = {
      ...given,
      name: entry.optionalText('name') ?? given.name,
      blockSize: entry.count('blockSize', 128, given.blockSize),
      disabled: entry.flag('disabled', !entry.flag('enabled', true)),
      nodeSelector: entry.optionalText('nodeSelector') ?? given.nodeSelector,
      namespaceSelector: entry.optionalText('namespaceSelector') ?? given.namespaceSelector,
      allowedUses: uses,
      assignmentMode: entry.optionalText('assignmentMode') === 'Manual' ? 'Manual' : 'Automatic',
    };
    const problem = blockSizeProblem(pool);
    if (problem !== undefined) throw new CaseError(`pool ${pool.name}: ${problem}`);
    for (const selector of [pool.nodeSelector, pool.namespaceSelector]) {
      const parsed = parseSelector(selector);
      if (!parsed.ok) throw new CaseError(`pool ${pool.name}: selector: ${parsed.error}`);
    }
    return pool;
  });
}

export function poolUse(value: unknown): PoolUse {
  const use = USES.find((candidate) => candidate.toLowerCase() === String(value).toLowerCase());
  if (use === undefined) throw new CaseError(`use: expected one of ${USES.join(', ')}`);
  return use;
}

export function calicoConfig(fields: CaseFields): IpamConfig {
  return {
    strictAffinity: fields.flag('strictAffinity', false),
    autoAllocateBlocks: fields.flag('autoAllocateBlocks', true),
    maxBlocksPerHost: fields.count('maxBlocksPerHost', MAX_BLOCKS, 0),
    ipCooldownSeconds: fields.count('ipCooldownSeconds', Number.MAX_SAFE_INTEGER, 0),
  };
}

/** Labels by node: a list of `{ name, labels }`, or a map. */
export function calicoNodes(fields: CaseFields): ReadonlyMap<string, Labels> {
  const name = fields.has('nodes') ? 'nodes' : 'nodeLabels';
  if (Array.isArray(fields.raw(name))) {
    return new Map(fields.objects(name).map((node) => [node.text('name'), node.texts('labels')]));
  }
  const byName = fields.fields(name);
  return new Map(
    byName.names().map((node) => {
      const entry = byName.fields(node);
      return [node, entry.has('labels') ? entry.texts('labels') : byName.texts(node)];
    }),
  );
}

/** What a host keeps of each of its blocks: what Windows does, or what the fields say. */
export function hostReservation(fields: CaseFields): HostReservation | undefined {
  if (fields.has('hostReservedAttr')) {
    const given = fields.fields('hostReservedAttr');
    return {
      startOfBlock: given.count('startOfBlock', 4096, 0),
      endOfBlock: given.count('endOfBlock', 4096, 0),
      handle: given.optionalText('handle') ?? WINDOWS_RESERVATION.handle,
      note: given.optionalText('note') ?? '',
    };
  }
  return fields.optionalText('os') === 'windows' ? WINDOWS_RESERVATION : undefined;
}

function reservedOf(input: CaseFields): readonly ReturnType<typeof networkOf>[] {
  return input.list('reservedCIDRs').map((entry) => {
    const text = typeof entry === 'string' ? entry.trim() : '';
    const address = parseIpAddress(text);
    const prefix = parseSloppyIpPrefix(address === undefined ? text : `${text}/${address.includes(':') ? 128 : 32}`);
    if (prefix === undefined) throw new CaseError('reservedCIDRs: expected addresses or prefixes in CIDR notation');
    return prefix;
  });
}

/** A block that is there already: its CIDR alone, which somebody else has, or with its host and what is in use. */
function restore(store: IpamStore, value: unknown): void {
  const fields = new CaseFields(typeof value === 'string' ? { cidr: value } : value, 'existingBlocks');
  const cidr = networkOf(fields.prefix('cidr'));
  const pool = store.poolOf(cidr.address, true);
  if (pool === undefined || pool.blockSize !== cidr.length) {
    throw new CaseError(`existingBlocks: ${formatPrefix(cidr)} is no block of a pool`);
  }
  const block = new AllocationBlock(cidr);
  block.affinity = affinityOf(fields);
  const owner = { handle: 'existing', attributes: new Map() };
  const inUse = fields.raw('inUse');
  if (typeof inUse === 'number') block.take(inUse, owner, store.reservations);
  else {
    for (const text of fields.list('inUse')) {
      const address = parseIpAddress(String(text));
      const problem = address === undefined ? 'expected addresses' : block.assign(address, owner);
      if (problem !== undefined) throw new CaseError(`existingBlocks: ${problem}`);
    }
  }
  store.restore(block);
}

function affinityOf(fields: CaseFields): BlockAffinity | undefined {
  if (fields.raw('affinity') === undefined && !fields.has('host')) return { type: 'host', host: '' };
  const text = fields.optionalText('host') ?? fields.text('affinity');
  const [type, host] = /^(host|virtual):/.test(text) ? text.split(/:(.*)/s) : ['host', text];
  return { type: type as BlockAffinity['type'], host: host ?? '' };
}
