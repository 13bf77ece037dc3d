import type { NetnsId } from '../network/netnsId.ts';
import type { RuntimeTables, RuntimeUpdate } from '../network/runtime.ts';
import type { DropReason } from './dropReason.ts';
import type { Flow } from './flow.ts';
import type { Step } from './step.ts';

/** One network namespace on the way, with the decisions made in it. */
export interface Hop {
  readonly netns: NetnsId;
  readonly steps: readonly Step[];
}

/** How a packet copy ended; every trace has exactly one. */
export type Disposition =
  /** A socket, or the kernel as the addressee (echo request, ARP, ICMP error), took it. */
  | { readonly type: 'delivered'; readonly netns: NetnsId; readonly to: string }
  | { readonly type: 'dropped'; readonly netns: NetnsId; readonly reason: DropReason; readonly because: string }
  /** Flooded or fragmented: the copies go on as traces of their own. */
  | { readonly type: 'split'; readonly netns: NetnsId; readonly into: number }
  /** A fragment that waits became part of the packet of trace `into`. */
  | { readonly type: 'merged'; readonly netns: NetnsId; readonly into: number }
  /** A frame for somebody else that a port delivers anyway (an ARP request for another address). */
  | { readonly type: 'ignored'; readonly netns: NetnsId; readonly because: string }
  /** The run's event budget was spent while the packet was under way. */
  | { readonly type: 'unfinished'; readonly netns: NetnsId };

/** Why a packet exists. `step` is the id of the step that made it. */
export type Origin =
  | { readonly type: 'flow' }
  /** A copy (flood) or a piece (fragment) of the packet of `trace`. */
  | { readonly type: 'copy'; readonly trace: number; readonly step: number }
  /** An answer or an error caused by the packet of `trace`: echo reply, ICMP error, RST, ARP request or reply, ACK. */
  | { readonly type: 'caused'; readonly trace: number; readonly step: number };

/** One packet copy's life, after Batfish's Trace / Hop / Step. */
export interface Trace {
  readonly id: number;
  readonly origin: Origin;
  /** What a person calls it: `SYN`, `echo request`, `ARP who-has 10.244.1.1`. */
  readonly label: string;
  /** `forward`: from the flow's sender; `reply`: back to it; `control`: ARP; `error`: ICMP errors. */
  readonly role: 'forward' | 'reply' | 'control' | 'error';
  /** Which exchange of the conversation it belongs to. */
  readonly exchange: 'dns' | 'flow';
  readonly hops: readonly Hop[];
  readonly disposition: Disposition;
}

/** A frame seen at an interface, as tcpdump would. */
export interface Capture {
  readonly time: number;
  readonly netns: NetnsId;
  readonly device: string;
  readonly direction: 'in' | 'out';
  readonly packetType: 'host' | 'otherhost' | 'broadcast' | 'multicast' | 'outgoing';
  readonly bytes: Uint8Array;
  /** The bytes begin with the IP header, as at devices that have no Ethernet one. */
  readonly link?: 'ip';
  readonly trace: number;
  readonly step: number;
}

/** What the sending program got out of it. */
export type Outcome =
  | { readonly type: 'answered'; readonly text: string }
  | {
      readonly type: 'refused' | 'unreachable' | 'timeout' | 'reset' | 'message-too-long' | 'no-such-name';
      readonly text: string;
    };

/** Tables that somebody changed while packets were under way. */
export interface TableChange {
  /** The step after which it happened. */
  readonly after: number;
  /** Virtual nanoseconds. */
  readonly time: number;
  /** What it did to what kernels had learned. */
  readonly updates: readonly RuntimeUpdate[];
}

/** A flow and everything it set in motion, in order: DNS, ARP, handshake, data, replies, errors. */
export interface Conversation {
  readonly id: number;
  readonly flow: Flow;
  readonly outcomes: readonly Outcome[];
  readonly traces: readonly Trace[];
  readonly captures: readonly Capture[];
  /** Virtual nanoseconds. */
  readonly start: number;
  readonly end: number;
  /** What the namespaces had learned when it began; steps' `updates` lead from there to any moment. */
  readonly before: ReadonlyMap<NetnsId, RuntimeTables>;
  /** Changes made in its midst, in order; none when absent. */
  readonly changes?: readonly TableChange[];
  /** Revision of the cluster it ran on. */
  readonly revision: number;
  /** The event budget was spent before everything had settled. */
  readonly budgetSpent: boolean;
}
