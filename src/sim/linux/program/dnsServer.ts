import { chance } from '../../../base/chance.ts';
import type { DnsZone, Listener } from '../../../datamodel/network/listener.ts';
import { familyOf, type IpAddress } from '../../../wire/address.ts';
import { type DnsMessage, DnsRcode, emitDns, parseDns } from '../../../wire/dns.ts';
import { type DnsRecord, DnsType } from '../../../wire/dnsRecord.ts';
import { WireError } from '../../../wire/wireError.ts';
import type { Kernel, Socket } from '../kernel.ts';
import { TcpListener } from '../socket/tcp/listener.ts';
import { UdpServerSocket } from '../socket/udp.ts';
import { THINKING_TIME } from './pace.ts';

/** Largest answer to a query without EDNS (RFC 1035 section 2.3.4). */
const LARGEST_ANSWER = 512;
/** CNAMEs that point at each other end somewhere (CoreDNS, maxCnameChainLength). */
const MOST_ALIASES = 8;

/** An authoritative name server in CoreDNS's manner, for one zone. Over TCP it only listens. */
export function dnsSocket(kernel: Kernel, listener: Listener, zone: DnsZone): Socket {
  const what = `DNS server for ${zone.domain}`;
  if (listener.protocol === 'tcp') {
    return new TcpListener(kernel, listener, what, (socket) => ({
      connected() {},
      data() {},
      ended: () => socket.close(),
      failed() {},
    }));
  }
  return new UdpServerSocket(kernel, listener, what, (payload, _from, reply) => {
    const answer = answerTo(kernel, zone, payload);
    if (answer) kernel.world.queue.schedule(THINKING_TIME, () => reply(answer));
  });
}

function answerTo(kernel: Kernel, zone: DnsZone, payload: Uint8Array): Uint8Array | undefined {
  let query: DnsMessage;
  try {
    query = parseDns(payload);
  } catch (error) {
    if (error instanceof WireError) return undefined;
    throw error;
  }
  if (query.response) return undefined;
  const message = answer(query, zone, (addresses) => shuffled(kernel, query, addresses));
  const plain = emitDns(message);
  if (plain.length <= LARGEST_ANSWER) return plain;
  return fitted(message);
}

/**
 * What the zone says: addresses for A and AAAA, an alias with what its target has in the zone, an empty answer for what else a
 * name that exists is asked for, NXDOMAIN for the rest.
 * Names outside the zone, which a real server would forward, exist nowhere here.
 */
export function answer(
  query: DnsMessage,
  zone: DnsZone,
  order: (addresses: readonly IpAddress[]) => readonly IpAddress[] = (addresses) => addresses,
): DnsMessage {
  const base: DnsMessage = {
    id: query.id,
    response: true,
    authoritative: false,
    recursionDesired: query.recursionDesired,
    recursionAvailable: false,
    rcode: DnsRcode.noError,
    questions: query.questions,
    answers: [],
  };
  const question = query.questions[0];
  if (question === undefined || (query.opcode ?? 0) !== 0) return { ...base, rcode: DnsRcode.notImplemented };
  const name = question.name.toLowerCase();
  if (name !== zone.domain && !name.endsWith(`.${zone.domain}`)) {
    return { ...base, recursionAvailable: true, rcode: DnsRcode.nameError };
  }
  const authoritative = { ...base, authoritative: true };
  const chain = aliasRecords(zone, question.name, name);
  const end = chain.at(-1)?.target ?? name;
  const addresses = zone.addresses.get(end);
  const authorities = [startOfAuthority(zone)];
  if (addresses === undefined && chain.length === 0) {
    const rcode = hasDescendants(zone, name) ? DnsRcode.noError : DnsRcode.nameError;
    return { ...authoritative, rcode, authorities };
  }
  const family = question.type === DnsType.a ? 'IPv4' : question.type === DnsType.aaaa ? 'IPv6' : undefined;
  const wanted = (addresses ?? []).filter((address) => familyOf(address) === family);
  const asked = chain.length === 0 ? question.name : end;
  const answers = order(wanted).map(
    (address): DnsRecord => ({ name: asked, type: question.type, ttl: zone.ttl, address }),
  );
  const all = [...chain, ...answers];
  return all.length === 0 ? { ...authoritative, authorities } : { ...authoritative, answers: all };
}

/** The CNAMEs from a name to the last that the zone knows. */
function aliasRecords(zone: DnsZone, asked: string, name: string): DnsRecord[] {
  const records: DnsRecord[] = [];
  let owner = asked;
  let target = zone.aliases?.get(name);
  while (target !== undefined && records.length < MOST_ALIASES) {
    records.push({ name: owner, type: DnsType.cname, ttl: zone.ttl, target });
    owner = target;
    target = zone.aliases?.get(target);
  }
  return records;
}

/** A name that others end in exists even without records (RFC 8020). */
function hasDescendants(zone: DnsZone, name: string): boolean {
  if (name === zone.domain) return true;
  const tail = `.${name}`;
  for (const known of [...zone.addresses.keys(), ...(zone.aliases?.keys() ?? [])])
    if (known.endsWith(tail)) return true;
  return false;
}

function startOfAuthority(zone: DnsZone): DnsRecord {
  const soa = {
    primary: `ns.dns.${zone.domain}`,
    mailbox: `hostmaster.${zone.domain}`,
    serial: 1,
    refresh: 7200,
    retry: 1800,
    expire: 86400,
    minimum: zone.ttl,
  };
  return { name: zone.domain, type: DnsType.soa, ttl: zone.ttl, soa };
}

/** CoreDNS's loadbalance plugin: another order each time; a person's pick comes first. */
function shuffled(kernel: Kernel, query: DnsMessage, addresses: readonly IpAddress[]): readonly IpAddress[] {
  const { seed, pick } = kernel.world;
  const key = (address: IpAddress): number =>
    address === pick?.address ? -1 : chance(seed, 'dns order', kernel.id, query.id, address);
  return [...addresses].sort((a, b) => key(a) - key(b));
}

/** Compressed, then as many answers as fit, with TC set when some did not (RFC 2181 section 9). */
function fitted(message: DnsMessage): Uint8Array {
  let answers = message.answers;
  let bytes = emitDns(message, { compress: true });
  while (bytes.length > LARGEST_ANSWER && answers.length > 0) {
    answers = answers.slice(0, -1);
    bytes = emitDns({ ...message, answers, truncated: true }, { compress: true });
  }
  return bytes;
}
