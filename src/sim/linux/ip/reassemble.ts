import { Ipv4View } from '../../../wire/ipv4.ts';
import { dropPacket } from '../device/drop.ts';
import type { FragmentQueue, Kernel } from '../kernel.ts';
import type { Skb } from '../skb.ts';

/** net.ipv4.ipfrag_time, virtual nanoseconds (RFC 1122 3.3.2 asks for 60 to 120 s; Linux waits 30). */
const PATIENCE = 30_000_000_000;

/**
 * Puts a packet together from its fragments (RFC 815; Linux: net/ipv4/ip_fragment.c, ip_defrag).
 *
 * @returns the packet if it is none or now whole: then it goes on in `skb`, the piece that came last, and the others have
 *   become part of it. undefined: it waits, or was dropped.
 */
export function defragment(kernel: Kernel, skb: Skb, user: 'conntrack' | 'local'): Skb | undefined {
  const ip = new Ipv4View(skb.bytes, skb.networkOffset);
  if (!ip.isFragment) return skb;
  const key = `${user} ${ip.source} ${ip.destination} ${ip.protocol} ${ip.identification} ${skb.meta.bridge?.bridge ?? ''}`;
  const queue = kernel.fragments.get(key) ?? openQueue(kernel, key, user);
  const fault = misfit(queue, skb);
  if (fault) {
    dropPacket(kernel, skb, fault.reason, fault.because, { device: skb.meta.inputDevice });
    return undefined;
  }
  queue.pieces.push(skb);
  if (!isComplete(queue)) return undefined;
  kernel.fragments.delete(key);
  kernel.world.queue.cancel(queue.timer);
  join(kernel, queue, skb);
  return skb;
}

function openQueue(kernel: Kernel, key: string, user: 'conntrack' | 'local'): FragmentQueue {
  const pieces: Skb[] = [];
  const timer = kernel.world.queue.schedule(PATIENCE, () => {
    kernel.fragments.delete(key);
    expire(kernel, pieces, user);
  });
  const queue: FragmentQueue = { pieces, timer };
  kernel.fragments.set(key, queue);
  return queue;
}

/** The sender hears of it only from the addressee, and only if the first fragment, which names the ports, came (ip_expire). */
function expire(kernel: Kernel, pieces: readonly Skb[], user: 'conntrack' | 'local'): void {
  const first = pieces.find((piece) => viewOf(piece).fragmentOffset === 0);
  const mayTell =
    first !== undefined && (user === 'local' || kernel.fib.addressType(viewOf(first).destination) === 'LOCAL');
  const icmp = { type: 11, code: 1 };
  const sent = mayTell && kernel.stack.icmpSend(kernel, first, icmp);
  for (const piece of pieces) {
    const because = 'The other fragments of the packet did not come within 30 s';
    const place = { device: piece.meta.inputDevice };
    dropPacket(kernel, piece, 'FRAG_REASM_TIMEOUT', because, place, sent && piece === first ? icmp : undefined);
  }
}

type Misfit = { readonly reason: 'DUP_FRAG' | 'PKT_TOO_BIG' | 'NOT_SPECIFIED'; readonly because: string } | undefined;

/** Linux keeps no overlapping fragments (RFC 5722 in spirit): a duplicate is dropped, a longer packet than IP allows too. */
function misfit(queue: FragmentQueue, skb: Skb): Misfit {
  const [start, end] = spanOf(skb);
  if (end > 65535 - 20)
    return { reason: 'PKT_TOO_BIG', because: 'The fragment ends beyond the longest possible packet' };
  const view = viewOf(skb);
  if (view.moreFragments && (end - start) % 8 !== 0) {
    return { reason: 'NOT_SPECIFIED', because: 'A fragment that is not the last must be a multiple of 8 bytes long' };
  }
  for (const other of queue.pieces) {
    const [from, to] = spanOf(other);
    if (start < to && from < end)
      return { reason: 'DUP_FRAG', because: 'The fragment repeats bytes that are there already' };
  }
  return undefined;
}

function isComplete(queue: FragmentQueue): boolean {
  let next = 0;
  for (const piece of sorted(queue.pieces)) {
    const [start, end] = spanOf(piece);
    if (start !== next) return false;
    next = end;
    if (!viewOf(piece).moreFragments) return true;
  }
  return false;
}

function join(kernel: Kernel, queue: FragmentQueue, last: Skb): void {
  const { recorder } = kernel.world;
  const pieces = sorted(queue.pieces);
  const first = pieces[0] ?? last;
  const views = pieces.map(viewOf);
  const payload = views.reduce((sum, view) => sum + view.payloadLength, 0);
  const head = first.bytes.slice(0, viewOf(first).payloadOffset);
  const bytes = new Uint8Array(head.length + payload);
  bytes.set(head);
  let at = head.length;
  for (const view of views) {
    bytes.set(view.payload(), at);
    at += view.payloadLength;
  }
  const largest = Math.max(...views.map((view) => view.totalLength));
  const whole = new Ipv4View(bytes, first.networkOffset);
  whole.totalLength = bytes.length - first.networkOffset;
  whole.moreFragments = false;
  whole.fragmentOffset = 0;
  whole.dontFragment = views.some((view) => view.dontFragment && view.totalLength === largest);
  whole.fillChecksum();
  for (const piece of pieces) {
    if (piece !== last) recorder.end(piece, { type: 'merged', netns: kernel.id, into: last.meta.trace });
  }
  last.replace(bytes, first.link);
  last.meta.fragmentMaxSize = largest;
  last.meta.fragmentSizes = views.map((view) => view.payloadLength);
  const detail = { type: 'reassemble', pieces: pieces.length, length: whole.totalLength } as const;
  recorder.step(kernel.id, last, detail, { device: last.meta.inputDevice });
}

function sorted(pieces: readonly Skb[]): readonly Skb[] {
  return pieces.toSorted((a, b) => viewOf(a).fragmentOffset - viewOf(b).fragmentOffset);
}

/** First byte and the byte after the last, of the whole packet's payload. */
function spanOf(skb: Skb): readonly [number, number] {
  const { fragmentOffset, payloadLength } = viewOf(skb);
  return [fragmentOffset, fragmentOffset + payloadLength];
}

function viewOf(skb: Skb): Ipv4View {
  return new Ipv4View(skb.bytes, skb.networkOffset);
}
