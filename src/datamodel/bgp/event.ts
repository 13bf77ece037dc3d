import type { IpPrefix } from '../../wire/address.ts';
import type { BgpMessage } from '../../wire/bgp.ts';
import type { BgpDeed } from './operation.ts';
import type { BgpKernelRoute, BgpSessionState } from './state.ts';

/** One line of what happened in the control plane, in order. */
export interface BgpEvent {
  /** Nanoseconds of virtual time. */
  readonly at: number;
  readonly what: BgpHappening;
}

export type BgpHappening =
  | { readonly kind: 'deed'; readonly does: BgpDeed }
  /** A line of BIRD's log about one of its protocols, in its words: `Neighbor lost`. */
  | { readonly kind: 'log'; readonly speaker: string; readonly protocol: string; readonly text: string }
  | { readonly kind: 'session'; readonly speaker: string; readonly protocol: string; readonly state: BgpSessionState }
  /** A message that a speaker handed to TCP. */
  | {
      readonly kind: 'sent';
      readonly speaker: string;
      readonly protocol: string;
      readonly to: string;
      readonly message: BgpMessage;
    }
  /** The kernel's table changed as `ip monitor route` prints it: `route` stands there now, or none does any more. */
  | {
      readonly kind: 'kernel';
      readonly speaker: string;
      readonly destination: IpPrefix;
      readonly route?: BgpKernelRoute;
      readonly old?: BgpKernelRoute;
      /** Whether BIRD did it, or the kernel itself, which says nothing when an interface goes down. */
      readonly by: 'bird' | 'kernel';
    };
