import { chance } from '../../../base/chance.ts';
import type { PortRange } from '../../../datamodel/network/netfilter.ts';
import type { ConntrackTuple } from '../../../datamodel/network/runtime.ts';
import type { IpAddress } from '../../../wire/address.ts';
import { IpProtocol } from '../../../wire/ipv4.ts';
import type { Kernel } from '../kernel.ts';
import type { Connection } from './connection.ts';
import { isTupleTaken } from './connectionTable.ts';
import { drawNumber } from './draws.ts';
import type { Manip } from './rewrite.ts';
import { hasPorts, mirror, tupleKey } from './tuple.ts';

/** What a rule allows the new end to be (nf_nat_range2). */
export interface NatRange {
  /** Absent: the address stays. */
  readonly address?: IpAddress | undefined;
  readonly ports?: PortRange | undefined;
  /** `--random-fully`: a new port by chance even if the old one were free. */
  readonly randomFully?: boolean | undefined;
}

/** Ports tried in a row before another place is tried with half as many (NF_NAT_MAX_ATTEMPTS). */
const ATTEMPTS = 128;
const LAST_ATTEMPTS = 16;

/**
 * The tuple that `current` becomes when its source or destination is moved into `range`, such that the answers to it are
 * nobody else's (nf_nat_core.c, get_unique_tuple).
 */
export function uniqueTuple(
  kernel: Kernel,
  connection: Connection,
  current: ConntrackTuple,
  range: NatRange,
  manip: Manip,
): ConntrackTuple {
  const isUsed = (tuple: ConntrackTuple): boolean => isTupleTaken(kernel, mirror(tuple), connection);
  if (manip === 'source' && !range.randomFully) {
    if (isInRange(current, range)) {
      if (!isUsed(current)) return current;
    } else {
      const same = likeSameSource(kernel, current, range);
      if (same !== undefined && !isUsed(same)) return same;
    }
  }
  const moved = range.address === undefined ? current : { ...current, [manip]: range.address };
  if (!range.randomFully) {
    if (range.ports !== undefined) {
      const fits = arePortsInRange(moved, range.ports, manip);
      if (fits && (range.ports.from === range.ports.to || !isUsed(moved))) return moved;
    } else if (!isUsed(moved)) return moved;
  }
  return withFreePort(kernel, connection, moved, range, manip, isUsed);
}

function isInRange(tuple: ConntrackTuple, { address, ports }: NatRange): boolean {
  if (address !== undefined && tuple.source !== address) return false;
  return ports === undefined || arePortsInRange(tuple, ports, 'source');
}

/** ICMP's identifier is part of the source, whichever end is moved. */
function arePortsInRange(tuple: ConntrackTuple, ports: PortRange, manip: Manip): boolean {
  if (tuple.icmp === undefined && !hasPorts(tuple.protocol)) return true;
  const port = manip === 'source' || tuple.icmp !== undefined ? tuple.sourcePort : tuple.destinationPort;
  return port >= ports.from && port <= ports.to;
}

/** The source that a connection from the same address and port has been given already (find_appropriate_src). */
function likeSameSource(kernel: Kernel, current: ConntrackTuple, range: NatRange): ConntrackTuple | undefined {
  for (const { original, reply } of kernel.connections.values()) {
    if (original.protocol !== current.protocol) continue;
    if (original.source !== current.source || original.sourcePort !== current.sourcePort) continue;
    const mapped = { ...current, source: reply.destination, sourcePort: reply.destinationPort };
    const candidate = current.icmp === undefined ? mapped : { ...mapped, destinationPort: mapped.sourcePort };
    if (isInRange(candidate, range)) return candidate;
  }
  return undefined;
}

/** Which ports are as good as this one: well-known ones stay low (nf_nat_l4proto_unique_tuple). */
function portRange(tuple: ConntrackTuple, range: NatRange, manip: Manip): PortRange | undefined {
  if (tuple.protocol === IpProtocol.icmp) return range.ports ?? { from: 0, to: 65_535 };
  if (!hasPorts(tuple.protocol)) return undefined;
  if (range.ports !== undefined) return range.ports;
  // Another destination port would be another service.
  if (manip === 'destination') return undefined;
  if (tuple.sourcePort < 512) return { from: 1, to: 511 };
  return tuple.sourcePort < 1024 ? { from: 600, to: 1023 } : { from: 1024, to: 65_535 };
}

function withFreePort(
  kernel: Kernel,
  connection: Connection,
  tuple: ConntrackTuple,
  range: NatRange,
  manip: Manip,
  isUsed: (tuple: ConntrackTuple) => boolean,
): ConntrackTuple {
  const ports = portRange(tuple, range, manip);
  if (ports === undefined) return tuple;
  const low = Math.min(ports.from, ports.to);
  const size = Math.abs(ports.to - ports.from) + 1;
  const flow = `${manip} ${tupleKey(connection.original)}`;
  const draw = drawNumber(kernel, `nat port ${flow}`);
  const toss = (round: number): number => chance(kernel.world.seed, 'nat port', kernel.id, flow, draw, round) & 0xffff;
  let start = range.randomFully || manip === 'source' ? toss(0) : 0;
  let attempts = Math.min(size, ATTEMPTS);
  let candidate = tuple;
  for (let round = 1; ; round++) {
    for (let i = 0; i < attempts; i++) {
      candidate = withPort(tuple, low + ((start + i) % size), manip);
      if (!isUsed(candidate)) return candidate;
    }
    if (attempts >= size || attempts < LAST_ATTEMPTS) return candidate;
    attempts = Math.floor(attempts / 2);
    start = toss(round);
  }
}

function withPort(tuple: ConntrackTuple, port: number, manip: Manip): ConntrackTuple {
  if (tuple.icmp !== undefined) return { ...tuple, sourcePort: port, destinationPort: port };
  return manip === 'source' ? { ...tuple, sourcePort: port } : { ...tuple, destinationPort: port };
}
