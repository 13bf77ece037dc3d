import type { IpAddress, MacAddress } from '../../wire/address.ts';
import type { EntryId } from './tables.ts';

/** One entry of a map that programs write while packets pass. */
export type EbpfEntry = EbpfConnection | EbpfNat | EbpfAffinity | EbpfFlow | EbpfHop;

/** Ends of a packet as a program reads them. */
export interface EbpfTuple {
  readonly protocol: number;
  readonly source: IpAddress;
  readonly sourcePort: number;
  readonly destination: IpAddress;
  readonly destinationPort: number;
}

export interface EbpfEnd {
  readonly address: IpAddress;
  readonly port: number;
}

/**
 * A line of `cilium bpf ct list global`: of the service that was asked for (`SVC`), of a connection from a Pod or to a backend
 * (`OUT`), or to a Pod (`IN`).
 */
export interface EbpfConnection {
  readonly type: 'ct';
  readonly id: EntryId;
  readonly direction: 'service' | 'out' | 'in';
  readonly tuple: EbpfTuple;
  readonly reverseNat: number;
  /** The chosen one, of a service's entry. */
  readonly backend?: EbpfEnd;
  readonly nodePort?: boolean;
  readonly dsr?: boolean;
  /** A Pod that reached itself: its address was replaced too. */
  readonly loopback?: boolean;
  /** Which side of a TCP connection has said its last: with both, little time is left. */
  readonly closing?: 'client' | 'backend' | 'both';
  /** Virtual nanoseconds. */
  readonly expires: number;
}

/** A line of `cilium bpf nat list`. `out`: the source becomes `to`; `in`: the destination does. */
export interface EbpfNat {
  readonly type: 'nat';
  readonly id: EntryId;
  readonly direction: 'out' | 'in';
  readonly tuple: EbpfTuple;
  readonly to: EbpfEnd;
  /** Of a connection of the node itself, which no Pod's entry tells of. */
  readonly needsCt?: true;
  /** Virtual nanoseconds. */
  readonly created: number;
  readonly expires: number;
}

/** Which backend a client had last. */
export interface EbpfAffinity {
  readonly type: 'affinity';
  readonly id: EntryId;
  readonly reverseNat: number;
  /** An address, or the name of the namespace whose socket it was. */
  readonly client: string;
  readonly backend: EbpfEnd;
  readonly lastUsed: number;
  readonly expires: number;
}

/**
 * A connection as programs of endpoints track it, both directions in one entry (Felix: bpf-gpl/conntrack_types.h). Where a service was
 * asked for there are two: `reverse` is the connection to the backend, `forward` leads there from what the client sends.
 */
export interface EbpfFlow {
  readonly type: 'flow';
  readonly id: EntryId;
  readonly kind: 'normal' | 'forward' | 'reverse';
  /** As whoever opened it sends it. */
  readonly tuple: EbpfTuple;
  /** Of what its opener sends, and of the answers. */
  readonly out: FlowLeg;
  readonly back: FlowLeg;
  readonly flags: readonly FlowFlag[];
  /** Of `reverse`: what the client sent, before it was rewritten. */
  readonly original?: EbpfTuple;
  /** Of `reverse`: the node at the other end of the tunnel that it came by, or goes by. */
  readonly tunnel?: IpAddress;
  /** Of `forward`: the entry with all the rest. */
  readonly reverse?: EntryId;
  /** Virtual nanoseconds. */
  readonly lastSeen: number;
  readonly expires: number;
}

export interface FlowLeg {
  /** The endpoint that these packets come from, or go to, lets them pass. */
  readonly approved: boolean;
  /** They come from a Pod of this node, or go to one. */
  readonly workload: boolean;
  /** The device that they come in by, once one has. */
  readonly device?: string;
  readonly syn?: boolean;
  readonly ack?: boolean;
  readonly fin?: boolean;
  readonly rst?: boolean;
}

export type FlowFlag =
  | 'nat-out'
  | 'skip-fib'
  | 'dsr-fwd'
  | 'np-fwd'
  | 'ext-local'
  | 'svc-self'
  | 'via-nat-if'
  | 'np-loop'
  | 'np-remote';

/** MACs of the way back to a node, as its packet has shown them (Felix: bpf-gpl/arp.h). */
export interface EbpfHop {
  readonly type: 'hop';
  readonly id: EntryId;
  readonly device: string;
  readonly address: IpAddress;
  readonly source: MacAddress;
  readonly destination: MacAddress;
  readonly expires: number;
}
