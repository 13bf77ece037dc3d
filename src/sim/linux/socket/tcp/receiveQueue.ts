import type { SackBlock } from '../../../../wire/tcpOption.ts';
import { seqAdd, seqAfter, seqBefore, seqDiff, seqMax } from './sequence.ts';

interface Held {
  sequence: number;
  readonly data: Uint8Array;
}

export interface Received {
  /** Bytes that are now in order, to be handed to the program. */
  readonly data: readonly Uint8Array[];
  readonly kind: 'in-order' | 'out-of-order' | 'old';
  /** What came twice, to be reported as a duplicate SACK (RFC 2883). */
  readonly duplicate?: SackBlock | undefined;
  /** A gap that there was is closed (RFC 5681 section 4.2: acknowledge at once). */
  readonly filledGap: boolean;
}

const MAXIMUM_SACK_BLOCKS = 4;

/** RCV.NXT and the segments that came too early (tcp_data_queue, tcp_ofo_queue of net/ipv4/tcp_input.c). */
export class ReceiveQueue {
  next = 0;
  private early: Held[] = [];
  /** Ranges held, the one touched last first, as SACK reports them (RFC 2018 section 4). */
  private blocks: SackBlock[] = [];

  get hasGap(): boolean {
    return this.early.length > 0;
  }

  sackBlocks(): readonly SackBlock[] {
    return this.blocks;
  }

  add(sequence: number, data: Uint8Array): Received {
    const end = seqAdd(sequence, data.length);
    if (!seqAfter(end, this.next)) {
      return { data: [], kind: 'old', duplicate: { left: sequence, right: end }, filledGap: false };
    }
    if (seqAfter(sequence, this.next)) return { data: [], ...this.hold(sequence, data, end), filledGap: false };
    const overlap = seqDiff(this.next, sequence);
    const duplicate = overlap > 0 ? { left: sequence, right: this.next } : undefined;
    this.next = end;
    const had = this.hasGap;
    const drained = this.drain();
    return {
      data: [data.subarray(overlap), ...drained.data],
      kind: 'in-order',
      duplicate: drained.duplicate ?? duplicate,
      filledGap: had && !this.hasGap,
    };
  }

  private hold(sequence: number, data: Uint8Array, end: number): Pick<Received, 'kind' | 'duplicate'> {
    const covered = this.blocks.find((block) => !seqBefore(sequence, block.left) && !seqAfter(end, block.right));
    if (covered) return { kind: 'old', duplicate: { left: sequence, right: end } };
    const at = this.early.findIndex((held) => seqAfter(held.sequence, sequence));
    this.early.splice(at < 0 ? this.early.length : at, 0, { sequence, data });
    this.report({ left: sequence, right: end });
    return { kind: 'out-of-order' };
  }

  /** Joins the range with those that it touches and puts it first. */
  private report(fresh: SackBlock): void {
    let { left, right } = fresh;
    const rest: SackBlock[] = [];
    for (const block of this.blocks) {
      if (seqAfter(block.left, right) || seqBefore(block.right, left)) rest.push(block);
      else {
        left = seqBefore(block.left, left) ? block.left : left;
        right = seqMax(right, block.right);
      }
    }
    this.blocks = [{ left, right }, ...rest].slice(0, MAXIMUM_SACK_BLOCKS);
  }

  private drain(): { readonly data: Uint8Array[]; readonly duplicate: SackBlock | undefined } {
    const data: Uint8Array[] = [];
    let duplicate: SackBlock | undefined;
    let first = this.early[0];
    while (first && !seqAfter(first.sequence, this.next)) {
      const end = seqAdd(first.sequence, first.data.length);
      const overlap = Math.min(seqDiff(this.next, first.sequence), first.data.length);
      if (overlap > 0) {
        const right = seqAdd(first.sequence, overlap);
        duplicate = {
          left: duplicate?.left ?? first.sequence,
          right: duplicate ? seqMax(duplicate.right, right) : right,
        };
      }
      if (seqAfter(end, this.next)) {
        data.push(first.data.subarray(overlap));
        this.next = end;
      }
      this.early.shift();
      first = this.early[0];
    }
    this.blocks = this.blocks.filter((block) => seqAfter(block.left, this.next));
    return { data, duplicate };
  }
}
