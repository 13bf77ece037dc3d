import type { DropReason } from '../../../datamodel/flow/dropReason.ts';
import type { EntryRef, StepDetail } from '../../../datamodel/flow/step.ts';
import type { Netns } from '../../../datamodel/network/netns.ts';
import type { NetnsId } from '../../../datamodel/network/netnsId.ts';
import type { IpAddress } from '../../../wire/address.ts';
import { ipView } from '../../../wire/ip.ts';
import { readU16 } from '../../../wire/octets.ts';
import { bootKernel } from '../boot.ts';
import { type Choices, type Explored, explore } from '../choice.ts';
import { EventQueue } from '../eventQueue.ts';
import type { Kernel, World } from '../kernel.ts';
import { NOTHING_LEARNED } from '../learned.ts';
import { type Door, deviceTowards, receiveBy, sendFromHere, vethOf } from './arrival.ts';
import { callConnect, callerOf } from './call.ts';
import { firstPacket, type NewConnection } from './firstPacket.ts';
import { type Seen, Watch } from './watch.ts';

export interface ProbeInput {
  readonly connection: NewConnection;
  /** Whose kernel is asked. */
  readonly netns: NetnsId;
  readonly config: (id: NetnsId) => Netns | undefined;
  readonly seed: number;
}

/** What one kernel did with the first packet of a connection. */
export interface Fate {
  /** Hooks refused it, with or without a word to the sender; or they let it go. */
  readonly verdict: 'accept' | 'drop' | 'reject';
  /** Ends of the packet when the kernel was through with it. */
  readonly source: { readonly address: IpAddress; readonly port: number };
  readonly destination: { readonly address: IpAddress; readonly port: number };
  readonly steps: readonly { readonly detail: StepDetail; readonly entry: EntryRef | undefined }[];
}

/** Most ways that are tried: a Service with more endpoints than one slice may list has fewer. */
const MOST_WAYS = 20_000;
/** Events until the kernel is through: neighbours on a bridge may have to be asked first. */
const EVENT_BUDGET = 2_000;

/**
 * Sends the first packet of a connection through one namespace's kernel, once for every way that chance could take, and says
 * what became of it. Nothing was ever seen before: no connection, no affinity, no neighbour.
 *
 * @throws Error when there is no such namespace, or too many ways.
 */
export function probe(input: ProbeInput): readonly Explored<Fate>[] {
  const own = input.config(input.netns);
  if (own === undefined) throw new Error(`There is no network namespace ${input.netns}`);
  const veth = vethOf(own, input.config, input.connection.source);
  return explore((choices) => follow(input, choices, veth), MOST_WAYS);
}

function follow({ connection, netns, config, seed }: ProbeInput, choices: Choices, veth: Door | undefined): Fate {
  const queue = new EventQueue(0);
  const watch = new Watch(queue, netns);
  const kernels = new Map<NetnsId, Kernel>();
  const world: World = {
    queue,
    recorder: watch,
    seed,
    bootSeed: seed,
    choices,
    kernel(id) {
      const running = kernels.get(id);
      if (running) return running;
      const own = config(id);
      if (own === undefined) return undefined;
      const kernel = bootKernel(world, own, NOTHING_LEARNED);
      kernels.set(id, kernel);
      return kernel;
    },
  };
  const kernel = world.kernel(netns);
  if (kernel === undefined) throw new Error(`There is no network namespace ${netns}`);
  const called = callConnect(callerOf(world, kernel, connection.source, veth), connection);
  const said: Fate['steps'] = called.note ? [called.note] : [];
  const packet = firstPacket(called.connection ?? connection);
  if (called.connection === undefined) return { ...fateOf([], packet), verdict: 'reject', steps: said };
  if (kernel.fib.addressType(connection.source) === 'LOCAL') sendFromHere(kernel, watch, packet);
  else {
    const link = deviceTowards(kernel, connection.source);
    if (link === undefined) throw new Error(`${netns} has no device that packets from outside come in by`);
    receiveBy(kernel, watch, packet, veth ?? { link });
  }
  queue.run(EVENT_BUDGET, () => watch.settled);
  const fate = fateOf(watch.seen, packet);
  return { ...fate, steps: [...said, ...fate.steps] };
}

function fateOf(seen: readonly Seen[], sent: Uint8Array): Fate {
  const last = seen.at(-1);
  const packet = last?.packet ?? sent;
  const { source, destination, payloadOffset: at } = ipView(packet);
  return {
    verdict: verdictOf(seen),
    source: { address: source, port: readU16(packet, at) },
    destination: { address: destination, port: readU16(packet, at + 2) },
    steps: seen.map(({ detail, entry }) => ({ detail, entry })),
  };
}

/** Whose drops are meant: rules' and programs'. */
const REFUSALS: ReadonlySet<DropReason> = new Set(['NETFILTER_DROP', 'TC_INGRESS', 'TC_EGRESS']);

/** What the hooks said. A packet that they let go and that gets lost on its way is still one that they let go. */
function verdictOf(seen: readonly Seen[]): Fate['verdict'] {
  const end = seen.at(-1)?.detail;
  if (end?.type !== 'drop' || !REFUSALS.has(end.reason)) return 'accept';
  const program = seen.findLast(({ detail }) => detail.type === 'program')?.detail;
  if (program?.type === 'program' && program.action === 'reply') return 'reject';
  const rule = seen.findLast(({ detail }) => detail.type === 'rule')?.detail;
  const scheduled = seen.findLast(({ detail }) => detail.type === 'ipvs')?.detail;
  // An error that no rate limit or route let out was meant all the same.
  const refuses =
    (rule?.type === 'rule' && /^reject\b/i.test(rule.outcome)) ||
    (scheduled?.type === 'ipvs' && scheduled.event === 'refused');
  return end.icmp !== undefined || refuses ? 'reject' : 'drop';
}
