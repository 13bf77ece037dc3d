import {
  type Allocation,
  AllocationBlock,
  type BlockAffinity,
  WINDOWS_RESERVATION,
} from '../../sim/controlplane/ipam/calico/allocationBlock.ts';
import { assignmentOf } from '../../sim/controlplane/ipam/calico/assignmentOf.ts';
import { blockOrder } from '../../sim/controlplane/ipam/calico/blockOrder.ts';
import {
  claimAffinity,
  ensureBlock,
  releaseAffinity,
  releaseHostAffinities,
  releasePoolAffinities,
} from '../../sim/controlplane/ipam/calico/claimAffinity.ts';
import { ipsByHandle } from '../../sim/controlplane/ipam/calico/handles.ts';
import type { IpamStore } from '../../sim/controlplane/ipam/calico/ipamStore.ts';
import { releaseByHandle, releaseIps } from '../../sim/controlplane/ipam/calico/releaseIps.ts';
import { Reservations } from '../../sim/controlplane/ipam/calico/reservations.ts';
import {
  type AddressCounts,
  type PoolUtilization,
  utilization,
} from '../../sim/controlplane/ipam/calico/utilization.ts';
import { formatPrefix, type IpAddress, type IpPrefix, parseIpAddress } from '../../wire/address.ts';
import { assignIpAnswer, autoAssignAnswer, hostOf } from './calicoAssign.ts';
import { calicoConfig, calicoNodes, calicoPools, calicoStore, hostReservation } from './calicoStore.ts';
import { CaseError, type CaseFields } from './caseFields.ts';
import type { Operation } from './operation.ts';

/** How many of the blocks that a host tries are told, unless an operation says. */
const CANDIDATES = 4;
const MAX_CANDIDATES = 65_536;
const MAX_SECONDS = 31_536_000;

/** Plays a case of calico-ipam: of one `block`, or of a datastore with `pools`. */
export function calicoCase(input: CaseFields): Operation {
  return input.has('block') ? blockCase(input) : storeCase(input);
}

function blockCase(input: CaseFields): Operation {
  const block = new AllocationBlock(input.prefix('block'), hostReservation(input));
  const none = new Reservations();
  return (op, fields) => {
    switch (op) {
      case 'assign': {
        const handle = fields.optionalText('handle');
        const owner = { ...(handle !== undefined && { handle }), attributes: new Map<string, string>() };
        if (fields.has('ip')) {
          const error = block.assign(fields.address('ip'), owner);
          return error === undefined ? { ip: fields.address('ip') } : { error };
        }
        const ips = block.take(fields.count('num', block.size, 1), owner, none);
        return { ip: ips[0] ?? null, ips, count: ips.length };
      }
      case 'release': {
        const released = block.release([{ address: fields.address('ip'), ...releaseOptions(fields) }], 0);
        block.collect(0, 0);
        return released.ok
          ? { ok: true, unallocated: released.unallocated }
          : { error: released.error, cause: released.cause };
      }
      case 'releaseByHandle': {
        const released = block.releaseHandle(fields.text('handle'), 0);
        block.collect(0, 0);
        return { released };
      }
      case 'state':
        return {
          empty: block.empty,
          unallocated: block.unallocated,
          inUse: [...block.inUse()].map(({ address }) => address),
        };
      default:
        return undefined;
    }
  };
}

function storeCase(input: CaseFields): Operation {
  let made: IpamStore | undefined;
  const store = (): IpamStore => {
    made ??= calicoStore(input);
    return made;
  };
  return (op, fields) => {
    switch (op) {
      case 'autoAssign':
        return autoAssignAnswer(store(), input, fields);
      case 'candidateBlocks':
        return candidates(store(), input, fields);
      case 'setConfig': {
        // The configuration of the case itself is what is tried where the operation brings none.
        const error = store().setConfig(calicoConfig((fields.has('config') ? fields : input).fields('config')));
        return error === undefined ? { ok: true, error: null } : { error };
      }
      case 'getConfig':
        return store().config;
      case 'setPools':
        store().pools = calicoPools(fields);
        return { ok: true };
      case 'setNodes':
        store().nodes = calicoNodes(fields);
        return { ok: true };
      case 'wait':
        store().now += fields.count('seconds', MAX_SECONDS);
        return { ok: true };
      default:
        return addressOperation(op, store(), input, fields) ?? blockOperation(op, store(), input, fields);
    }
  };
}

function addressOperation(op: string, store: IpamStore, input: CaseFields, fields: CaseFields): unknown {
  switch (op) {
    case 'assignIP':
      return assignIpAnswer(store, input, fields);
    case 'assignmentAttributes': {
      const address = fields.address('ip');
      const found = assignmentOf(store, address);
      return found.ok ? assignmentJson(found.value) : { error: found.error };
    }
    case 'release':
    case 'releaseIPs': {
      const addresses = fields.has('ips') ? fields.list('ips').map(readAddress) : [fields.address('ip')];
      const { unallocated, released, error } = releaseIps(
        store,
        addresses.map((address) => ({ address, ...releaseOptions(fields) })),
      );
      return { unallocated, released: released.length, error: error ?? null };
    }
    case 'releaseByHandle': {
      const handle = fields.text('handle');
      const released = releaseByHandle(store, handle);
      return released === 0 ? { error: `resource does not exist: IPAMHandle(${handle})` } : { released, error: null };
    }
    case 'ipsByHandle': {
      const ips = ipsByHandle(store, fields.text('handle'));
      const missing = ips.length === 0 && { error: `resource does not exist: IPAMHandle(${fields.text('handle')})` };
      return { ips, count: ips.length, ...missing };
    }
    default:
      return undefined;
  }
}

function assignmentJson({ handle, attributes }: Allocation): unknown {
  return { handle: handle ?? null, attributes: Object.fromEntries(attributes), error: null };
}

function blockOperation(op: string, store: IpamStore, input: CaseFields, fields: CaseFields): unknown {
  const hostAffinity = (): BlockAffinity => ({ type: 'host', host: hostOf(input, fields) });
  switch (op) {
    case 'claimAffinity': {
      const blocks = claimAffinity(store, fields.prefix('cidr'), hostAffinity());
      if (!blocks.ok) return { claimed: 0, failed: 0, error: blocks.error };
      return { claimed: blocks.value.claimed.length, failed: blocks.value.failed.length, error: null };
    }
    case 'releaseAffinity': {
      const released = releaseAffinity(store, fields.prefix('cidr'), hostAffinity(), fields.flag('mustBeEmpty', false));
      return released.ok ? { ok: true, error: null } : { error: released.error };
    }
    case 'releaseHostAffinities': {
      const error = releaseHostAffinities(store, hostAffinity(), fields.flag('mustBeEmpty', false));
      return error === undefined ? { ok: true, error: null } : { error };
    }
    case 'releasePoolAffinities':
      releasePoolAffinities(store, fields.prefix('cidr'));
      return { ok: true, error: null };
    case 'removeIPAMHost':
      releaseHostAffinities(store, hostAffinity(), false);
      return { ok: true, error: null };
    case 'utilization':
      return { pools: utilization(store, fields.list('pools').map(String)).map(utilizationJson) };
    case 'ensureBlock': {
      const reserved = hostReservation(fields) ?? hostReservation(input) ?? WINDOWS_RESERVATION;
      const family = fields.optionalText('family') === 'IPv6' ? 'IPv6' : 'IPv4';
      const block = ensureBlock(store, hostOf(input, fields), family, reserved, fields.prefixes('pools'));
      return block.ok ? { block: formatPrefix(block.value), error: null } : { error: block.error };
    }
    case 'affineBlocks': {
      const blocks = (['IPv4', 'IPv6'] as const).flatMap((family) => store.affineBlocks(hostAffinity(), family));
      return { blocks: blocks.map(formatPrefix), count: blocks.length };
    }
    case 'blocks': {
      const blocks = store.blocks();
      return { blocks: blocks.map(({ cidr }) => formatPrefix(cidr)), count: blocks.length };
    }
    default:
      return undefined;
  }
}

function utilizationJson(pool: PoolUtilization): unknown {
  return { name: pool.name, ...countsJson(pool), blocks: pool.blocks.map(countsJson) };
}

function countsJson({ cidr, capacity, inUse, reserved, available }: AddressCounts): object {
  return {
    cidr: formatPrefix(cidr),
    capacity: Number(capacity),
    inUse: Number(inUse),
    reserved: Number(reserved),
    available: Number(available),
  };
}

function candidates(store: IpamStore, input: CaseFields, fields: CaseFields): unknown {
  const limit = fields.count('limit', MAX_CANDIDATES, CANDIDATES);
  const host = hostOf(input, fields);
  const order: IpPrefix[] = [];
  for (const pool of store.pools) {
    for (const block of blockOrder(pool, host)) {
      if (order.length >= limit) break;
      order.push(block);
    }
  }
  return { order: order.map(formatPrefix) };
}

function releaseOptions(fields: CaseFields): { readonly handle?: string; readonly sequence?: number } {
  const handle = fields.optionalText('handle');
  const sequence = fields.has('sequenceNumber') ? fields.count('sequenceNumber', Number.MAX_SAFE_INTEGER) : undefined;
  return { ...(handle !== undefined && { handle }), ...(sequence !== undefined && { sequence }) };
}

function readAddress(value: unknown): IpAddress {
  const address = typeof value === 'string' ? parseIpAddress(value) : undefined;
  if (address === undefined) throw new CaseError('ips: expected IP addresses');
  return address;
}
