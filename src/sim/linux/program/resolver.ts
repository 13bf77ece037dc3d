import { chance } from '../../../base/chance.ts';
import type { Resolver } from '../../../datamodel/network/netns.ts';
import type { IpAddress } from '../../../wire/address.ts';
import { type DnsMessage, DnsRcode, emitDns, parseDns } from '../../../wire/dns.ts';
import { DnsType } from '../../../wire/dnsRecord.ts';
import { DNS_PORT } from '../../../wire/ports.ts';
import { WireError } from '../../../wire/wireError.ts';
import type { Timer } from '../eventQueue.ts';
import type { Kernel } from '../kernel.ts';
import { SECOND } from '../socket/tcp/control.ts';
import { UdpClientSocket } from '../socket/udp.ts';

/** What became of a name. */
export type Resolution =
  | { readonly type: 'found'; readonly addresses: readonly IpAddress[] }
  | { readonly type: 'no-such-name' }
  | { readonly type: 'failed'; readonly text: string };

/** RES_TIMEOUT and RES_DFLRETRY of glibc's resolver; it looks at three servers and six domains at most. */
const TIMEOUT = 5 * SECOND;
const ATTEMPTS = 2;
const MAXIMUM_SERVERS = 3;
const MAXIMUM_SEARCH = 6;
const MAXIMUM_NAME = 253;

/**
 * Resolves a name as glibc's getaddrinfo does: A and AAAA from one socket, a new one for each candidate of the search
 * list, `ndots` deciding whether the name is tried first or last as it stands (resolv/res_query.c, res_send.c).
 */
export function resolveName(kernel: Kernel, name: string, done: (resolution: Resolution) => void): void {
  const resolver = kernel.config.resolver;
  if (resolver === undefined || resolver.servers.length === 0) {
    done({ type: 'failed', text: 'no name server is configured (resolv.conf)' });
    return;
  }
  const candidates = candidateNames(name, resolver);
  if (candidates.length === 0) {
    done({ type: 'no-such-name' });
    return;
  }
  let servfail = false;
  const attempt = (index: number): void => {
    const candidate = candidates[index];
    if (candidate === undefined) {
      done(servfail ? { type: 'failed', text: TEMPORARY } : { type: 'no-such-name' });
      return;
    }
    new Query(kernel, resolver.servers.slice(0, MAXIMUM_SERVERS), candidate, index, (answer) => {
      if (answer === 'unanswered') return done({ type: 'failed', text: TEMPORARY });
      servfail ||= answer.servfail;
      if (answer.addresses.length > 0) done({ type: 'found', addresses: answer.addresses });
      else attempt(index + 1);
    }).start();
  };
  attempt(0);
}

const TEMPORARY = 'Temporary failure in name resolution';

/** The names that are asked for, in order (res_search). */
export function candidateNames(name: string, resolver: Pick<Resolver, 'search' | 'ndots'>): readonly string[] {
  const absolute = name.endsWith('.');
  const bare = absolute ? name.slice(0, -1) : name;
  const searched = resolver.search.slice(0, MAXIMUM_SEARCH).map((domain) => `${bare}.${domain}`);
  const dots = bare.split('.').length - 1;
  const all = absolute ? [bare] : dots >= resolver.ndots ? [bare, ...searched] : [...searched, bare];
  return all.filter(isDomainName);
}

function isDomainName(name: string): boolean {
  return name.length <= MAXIMUM_NAME && name.split('.').every((label) => label.length >= 1 && label.length <= 63);
}

interface Answer {
  readonly addresses: readonly IpAddress[];
  readonly servfail: boolean;
}

/** One candidate: both questions, every server, two attempts. */
class Query {
  private readonly kernel: Kernel;
  private readonly servers: readonly IpAddress[];
  private readonly name: string;
  private readonly index: number;
  private readonly done: (answer: Answer | 'unanswered') => void;
  private tries = 0;
  private socket: UdpClientSocket | undefined;
  private timer: Timer | undefined;
  private readonly answers = new Map<number, DnsMessage>();

  constructor(
    kernel: Kernel,
    servers: readonly IpAddress[],
    name: string,
    index: number,
    done: (answer: Answer | 'unanswered') => void,
  ) {
    this.kernel = kernel;
    this.servers = servers;
    this.name = name;
    this.index = index;
    this.done = done;
  }

  start(): void {
    const server = this.servers[this.tries % this.servers.length];
    if (server === undefined || this.tries >= ATTEMPTS * this.servers.length) {
      this.done('unanswered');
      return;
    }
    this.tries++;
    const { queue } = this.kernel.world;
    this.timer = queue.schedule(TIMEOUT, () => this.next());
    const socket = new UdpClientSocket(
      this.kernel,
      { address: server, port: DNS_PORT },
      { exchange: 'dns' },
      { datagram: (payload) => this.receive(payload), failed: () => this.next() },
    );
    this.socket = socket;
    for (const [type, word] of QUESTIONS) {
      const error = socket.send(emitDns(this.question(type)), `DNS ${word} ${this.name}`);
      if (error !== undefined) {
        queue.schedule(0, () => this.next());
        return;
      }
    }
  }

  private next(): void {
    if (!this.stop()) return;
    this.answers.clear();
    this.start();
  }

  /** @returns false when it had stopped already. */
  private stop(): boolean {
    if (this.timer === undefined) return false;
    this.kernel.world.queue.cancel(this.timer);
    this.timer = undefined;
    this.socket?.close();
    return true;
  }

  private receive(payload: Uint8Array): void {
    const message = readAnswer(payload);
    if (message === undefined || this.timer === undefined) return;
    for (const [type] of QUESTIONS) if (message.id === this.idOf(type)) this.answers.set(type, message);
    const [a, aaaa] = [this.answers.get(DnsType.a), this.answers.get(DnsType.aaaa)];
    if (a === undefined || aaaa === undefined) return;
    this.stop();
    const addresses = a.answers.flatMap((record) =>
      record.type === DnsType.a && record.address ? [record.address] : [],
    );
    const servfail = [a, aaaa].some((answer) => answer.rcode === DnsRcode.serverFailure);
    this.done({ addresses: a.rcode === DnsRcode.noError ? addresses : [], servfail });
  }

  private question(type: number): DnsMessage {
    return {
      id: this.idOf(type),
      response: false,
      authoritative: false,
      recursionDesired: true,
      recursionAvailable: false,
      rcode: DnsRcode.noError,
      questions: [{ name: this.name, type }],
      answers: [],
    };
  }

  private idOf(type: number): number {
    return chance(this.kernel.world.seed, 'dns id', this.kernel.id, this.name, this.index, this.tries, type) & 0xffff;
  }
}

const QUESTIONS = [
  [DnsType.a, 'A'],
  [DnsType.aaaa, 'AAAA'],
] as const;

function readAnswer(payload: Uint8Array): DnsMessage | undefined {
  try {
    const message = parseDns(payload);
    return message.response ? message : undefined;
  } catch (error) {
    if (error instanceof WireError) return undefined;
    throw error;
  }
}
