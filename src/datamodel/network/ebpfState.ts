import type { IpAddress } from '../../wire/address.ts';
import type { EntryId } from './tables.ts';

/** One entry of a map that programs write while packets pass. */
export type EbpfEntry = EbpfConnection | EbpfNat | EbpfAffinity;

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
