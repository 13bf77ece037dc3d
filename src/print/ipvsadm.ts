import type { PrintedLine } from '../datamodel/cluster/printed.ts';
import type { RealServer, VirtualServer } from '../datamodel/network/ipvs.ts';
import type { Netns } from '../datamodel/network/netns.ts';
import type { IpvsConnection, IpvsEnd, RuntimeTables } from '../datamodel/network/runtime.ts';
import { familyOf, type IpAddress, ipv4ToNumber, writeIpv6 } from '../wire/address.ts';
import { readU32 } from '../wire/octets.ts';

const PROTOCOLS: Readonly<Record<VirtualServer['protocol'], number>> = { tcp: 6, udp: 17, sctp: 132 };
const NAMES = new Map(Object.entries(PROTOCOLS).map(([name, number]) => [number, name.toUpperCase()]));
const ACTIVE: ReadonlySet<string> = new Set(['ESTABLISHED', 'SYN_SENT', 'SYN_RECV', 'SYNACK']);
const NANOSECONDS = 1e9;

/**
 * What `ipvsadm -Ln` prints: virtual servers and their real servers with the connections that they have now, sorted as
 * ipvsadm does.
 *
 * @param now virtual nanoseconds.
 */
export function printIpvsadm(netns: Netns, runtime: RuntimeTables | undefined, now: number): readonly PrintedLine[] {
  const counts = countConnections(runtime?.ipvs ?? [], now);
  const lines: PrintedLine[] = [
    { text: 'IP Virtual Server version 1.2.1 (size=4096)' },
    { text: 'Prot LocalAddress:Port Scheduler Flags' },
    { text: '  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn' },
  ];
  for (const virtual of [...(netns.virtualServers ?? [])].sort(compareServers)) {
    lines.push({ text: serverLine(virtual), entry: virtual.id });
    for (const real of [...virtual.realServers].sort(compareEnds)) {
      const { active = 0, inactive = 0 } = counts.get(pairKey(PROTOCOLS[virtual.protocol], virtual, real)) ?? {};
      lines.push({ text: realLine(real, active, inactive), entry: real.id });
    }
  }
  return lines;
}

function serverLine(virtual: VirtualServer): string {
  const persistent = virtual.persistence === undefined ? '' : ` persistent ${virtual.persistence}`;
  const hashing = virtual.hashesPort ? ` (${virtual.scheduler}-port)` : '';
  return `${virtual.protocol.toUpperCase().padEnd(4)} ${endText(virtual)} ${virtual.scheduler}${hashing}${persistent}`;
}

function realLine(real: RealServer, active: number, inactive: number): string {
  const head = `  -> ${endText(real).padEnd(28)} ${(real.direct ? 'Route' : 'Masq').padEnd(7)} ${String(real.weight).padEnd(6)}`;
  return `${head} ${String(active).padEnd(10)} ${String(inactive).padEnd(10)}`;
}

interface Count {
  active: number;
  inactive: number;
}

function countConnections(connections: readonly IpvsConnection[], now: number): ReadonlyMap<string, Count> {
  const counts = new Map<string, Count>();
  for (const { protocol, virtual, destination, state, template, expires } of connections) {
    if (template || expires <= now) continue;
    const key = pairKey(protocol, virtual, destination);
    const count = counts.get(key) ?? { active: 0, inactive: 0 };
    counts.set(key, count);
    if (ACTIVE.has(state)) count.active += 1;
    else count.inactive += 1;
  }
  return counts;
}

function pairKey(protocol: number, virtual: IpvsEnd, real: IpvsEnd): string {
  return `${protocol} ${endText(virtual)} ${endText(real)}`;
}

/** ipvs_cmp_services: family, protocol, address, port. */
function compareServers(a: VirtualServer, b: VirtualServer): number {
  return compareFamilies(a, b) || PROTOCOLS[a.protocol] - PROTOCOLS[b.protocol] || compareEnds(a, b);
}

function compareEnds(a: IpvsEnd, b: IpvsEnd): number {
  return compareFamilies(a, b) || compareAddresses(a.address, b.address) || a.port - b.port;
}

function compareFamilies(a: IpvsEnd, b: IpvsEnd): number {
  return Number(familyOf(a.address) === 'IPv6') - Number(familyOf(b.address) === 'IPv6');
}

/** Word by word, by a difference that has to fit 32 bits, so that 192.168.1.11 comes before 10.96.0.1. */
function compareAddresses(a: IpAddress, b: IpAddress): number {
  if (familyOf(a) === 'IPv4') return (ipv4ToNumber(a) - ipv4ToNumber(b)) | 0;
  const [one, other] = [wordsOf(a), wordsOf(b)];
  const differences = one.map((word, i) => (word - (other[i] ?? 0)) | 0);
  return differences.find((difference) => difference !== 0) ?? 0;
}

function wordsOf(address: IpAddress): readonly number[] {
  const bytes = new Uint8Array(16);
  writeIpv6(address, bytes, 0);
  return [0, 4, 8, 12].map((offset) => readU32(bytes, offset));
}

/** What `ipvsadm -Lnc` prints: a line a connection, and a line with port 0 for what a persistent service remembers. */
export function printIpvsConnections(runtime: RuntimeTables | undefined, now: number): readonly PrintedLine[] {
  return [
    { text: 'IPVS connection entries' },
    { text: 'pro expire state       source             virtual            destination' },
    ...(runtime?.ipvs ?? []).map((each) => ({ text: connectionLine(each, now), entry: each.id })),
  ];
}

function connectionLine(each: IpvsConnection, now: number): string {
  const seconds = Math.max(0, Math.floor((each.expires - now) / NANOSECONDS));
  const two = (value: number): string => String(value).padStart(2, '0');
  const expire = `${two(Math.floor(seconds / 60))}:${two(seconds % 60)}`;
  const ends = `${endText(each.client).padEnd(18)} ${endText(each.virtual).padEnd(18)} ${endText(each.destination)}`;
  return `${NAMES.get(each.protocol) ?? 'IP '} ${expire.padEnd(6)} ${each.state.padEnd(11)} ${ends}`;
}

function endText({ address, port }: IpvsEnd): string {
  return familyOf(address) === 'IPv4' ? `${address}:${port}` : `[${address}]:${port}`;
}
