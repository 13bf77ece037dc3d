import type { CniBackend } from './command.ts';
import type { UnderlayName } from './underlay.ts';

/** What a backend was seen to do on an underlay, for choosing between backends. Every figure is read off packets and tables. */
export interface Weighing {
  readonly cni: CniBackend;
  readonly underlay: UnderlayName;
  /** Pairs of nodes between whose Pods a ping was tried, and how many were answered by way of the peer's own address. */
  readonly tried: number;
  readonly answered: number;
  /** The first pair that failed: where, and why, in the kernel's words. */
  readonly failure?: { readonly where: string; readonly reason: string; readonly because: string };
  /** What the agents themselves say cannot be done. */
  readonly warnings: readonly string[];
  /** The pair that everything below was seen on: the one that failed, else the one whose packets were longest. */
  readonly shown: { readonly from: string; readonly to: string } | undefined;
  /** Bytes that the frame between nodes is longer than the Pod's own. */
  readonly overhead: number | undefined;
  /** From the outside in. */
  readonly headers: readonly string[];
  /** What has to be let through: `IP protocol 4`, `UDP 8472`, or the Pods' own packets. */
  readonly passes: string | undefined;
  readonly podMtu: number;
  /** Pod MTU on other NICs. */
  readonly mtus: readonly { readonly nic: number; readonly pod: number }[];
  /** What the receiver takes for the sender, and whether that is the sender's own address. */
  readonly source: { readonly address: string; readonly isOwn: boolean } | undefined;
  /** Rewriting on the way from Pod to Pod; and of what a Pod sends to a host outside. */
  readonly nat: readonly string[];
  readonly natOutside: readonly string[];
  /** Routes to Pods' addresses: on the sender's node, and on the routers between. */
  readonly nodeRoutes: number;
  readonly routerRoutes: readonly { readonly router: string; readonly routes: number }[];
  readonly speaksBgp: boolean;
  /** Whether it still works with the nodes on two subnets. */
  readonly acrossSubnets: boolean;
  /** From the sender's socket to the receiver's. */
  readonly hops: number;
  readonly rules: number;
  readonly lookups: number;
  /** Agents on the nodes that enforce NetworkPolicies; none: nobody does. */
  readonly enforcers: readonly string[];
}
