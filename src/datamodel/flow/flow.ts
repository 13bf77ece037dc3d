import type { IpAddress } from '../../wire/address.ts';
import type { NetnsId } from '../network/netnsId.ts';

/** What a person (or a test) sends: one socket's worth of traffic, repeated `repeat` times. Plain data. */
export interface Flow {
  readonly from: NetnsId;
  readonly to: Destination;
  readonly as: TrafficKind;
  /** Ignored for ping. */
  readonly port?: number;
  /** ping: bytes after the ICMP header; udp: datagram size; sctp: message size; http: body of an upload, 0 for a GET; tcp: bytes sent. */
  readonly payload: number;
  /** The sending socket's IP_MTU_DISCOVER: `do`, `dont`, or absent for Linux's default. */
  readonly pathMtuDiscovery?: 'do' | 'dont';
  readonly ttl?: number;
  readonly tos?: number;
  /** Address the sending socket is bound to. */
  readonly bind?: IpAddress;
  readonly sourcePort?: number;
  /** Makes the coin of `-m statistic` fall so that this endpoint is chosen, where the rules can choose it. */
  readonly pick?: { readonly address: IpAddress; readonly port: number };
  readonly repeat: number;
  /** Neighbour caches as if the two had just talked. */
  readonly warm: boolean;
}

/**
 * `tcp` connects, sends and closes without speaking HTTP; `http` sends a request and reads the answer;
 * `sctp` sends a message in an association of its own and reads the answer.
 */
export type TrafficKind = 'ping' | 'udp' | 'tcp' | 'http' | 'sctp';

/** An address, or a name that the sender resolves first. */
export type Destination =
  | { readonly type: 'address'; readonly address: IpAddress }
  | { readonly type: 'name'; readonly name: string };
