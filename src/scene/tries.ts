import type { Conversation, Trace } from '../datamodel/flow/trace.ts';
import { dissect } from '../wire/layers.ts';
import { capsuleOf } from './capsule.ts';

const AGAIN = /, sent again$/;
const cache = new WeakMap<Conversation, ReadonlyMap<number, number>>();

/**
 * The how-manieth try every packet is that was sent before and not answered: 2 for a SYN's first repetition, 3 for the third
 * ARP question. Copies of it count as the packet itself; packets that are no repetition are left out.
 */
export function triesOf(conversation: Conversation): ReadonlyMap<number, number> {
  const known = cache.get(conversation);
  if (known) return known;
  const tries = countTries(conversation);
  cache.set(conversation, tries);
  return tries;
}

function countTries({ traces }: Conversation): ReadonlyMap<number, number> {
  const steps = traces
    .flatMap((trace) => trace.hops.flatMap((hop) => hop.steps.map((step) => ({ step, trace }))))
    .sort((a, b) => a.step.id - b.step.id);
  const sent = new Map<string, number>();
  const tries = new Map<number, number>();
  for (const { step, trace } of steps) {
    if (step.type === 'arp' && step.outcome === 'learned') {
      sent.delete(`${step.netns} ARP who-has ${capsuleOf(step.bytes, step.link).source}`);
    }
    if (step.type !== 'originate') continue;
    const key = keyOf(step.netns, trace);
    if (key === undefined) continue;
    const count = (sent.get(key) ?? 0) + 1;
    sent.set(key, count);
    if (count > 1) tries.set(trace.id, count);
  }
  for (const { id, origin } of traces) {
    const count = origin.type === 'copy' ? tries.get(origin.trace) : undefined;
    if (count !== undefined) tries.set(id, count);
  }
  return tries;
}

/** Equal for packets that say the same thing again; undefined for those that nobody would repeat. */
function keyOf(netns: string, trace: Trace): string | undefined {
  const first = trace.hops[0]?.steps[0];
  if (!first) return undefined;
  const what = trace.label.replace(AGAIN, '');
  if (what.startsWith('ARP who-has')) return `${netns} ${what}`;
  const { label, source } = capsuleOf(first.bytes, first.link);
  const layers = dissect(first.bytes, first.link);
  const tcp = layers.find((layer) => layer.protocol === 'TCP' && !layer.quoted);
  const dns = layers.find((layer) => layer.protocol === 'DNS');
  const told = tcp?.fields.find(({ path }) => path === 'tcp.sequence') ?? dns?.fields[0];
  return told && `${netns} ${what} ${source} ${label} ${told.value}`;
}

/** `SYN, 2nd try`: a packet's label, with its try where it is a repetition. */
export function labelWithTry(trace: Trace, tries: ReadonlyMap<number, number>): string {
  const count = tries.get(trace.id);
  return count === undefined ? trace.label : `${trace.label.replace(AGAIN, '')}, ${tryWords(count)}`;
}

/** `2nd try`. */
export function tryWords(count: number): string {
  const teen = count % 100 > 10 && count % 100 < 14;
  const end = teen ? 'th' : (['th', 'st', 'nd', 'rd'][count % 10] ?? 'th');
  return `${count}${end} try`;
}
