import type { EntryRef, StepDetail } from '../../../datamodel/flow/step.ts';
import type { NetnsId } from '../../../datamodel/network/netnsId.ts';
import type { EventQueue } from '../eventQueue.ts';
import { Recorder, type StepPlace } from '../recorder.ts';
import type { Skb } from '../skb.ts';

/** A step of the watched packet, as far as it tells its fate. */
export interface Seen {
  readonly detail: StepDetail;
  readonly entry: EntryRef | undefined;
  /** The packet after the step, from its IP header on. */
  readonly packet: Uint8Array;
}

/**
 * Records as ever, and follows one packet and its copies through one namespace until that is through with it: it has left
 * by a device, waits for its next hop's MAC after all hooks, was delivered or dropped.
 */
export class Watch extends Recorder {
  private readonly followed = new Set<number>();
  private readonly netns: NetnsId;
  readonly seen: Seen[] = [];
  settled = false;

  constructor(queue: EventQueue, netns: NetnsId) {
    super(() => queue.now);
    this.netns = netns;
  }

  follow(trace: number): void {
    this.followed.add(trace);
  }

  override beginCopy(skb: Skb): number {
    const copy = super.beginCopy(skb);
    if (this.followed.has(skb.meta.trace)) this.followed.add(copy);
    return copy;
  }

  override step(netns: NetnsId, skb: Skb, detail: StepDetail, place: StepPlace = {}): number {
    const id = super.step(netns, skb, detail, place);
    if (this.settled || netns !== this.netns || !this.followed.has(skb.meta.trace)) return id;
    this.settled = isThrough(skb, detail, place);
    // What a tunnel or a device does to it is no longer the kernel's choice.
    if (detail.type !== 'encapsulate' && detail.type !== 'transmit') {
      this.seen.push({ detail, entry: place.entry, packet: skb.snapshot().subarray(skb.networkOffset) });
    }
    return id;
  }
}

function isThrough(skb: Skb, detail: StepDetail, { device }: StepPlace): boolean {
  switch (detail.type) {
    case 'drop':
    case 'deliver':
    case 'encapsulate':
      return true;
    case 'transmit':
      // A frame that a bridge redirects meets the last hooks at the port that it leaves by.
      return device !== 'lo' && device !== skb.meta.bridge?.bridge;
    case 'neighbor':
      // Inside a bridge the neighbour is asked before the last hooks.
      return detail.waiting && skb.meta.bridge === undefined;
    default:
      return false;
  }
}
