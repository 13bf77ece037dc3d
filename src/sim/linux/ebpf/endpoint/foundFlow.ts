import type { EbpfEnd, EbpfFlow, FlowFlag } from '../../../../datamodel/network/ebpfState.ts';
import type { IpAddress } from '../../../../wire/address.ts';

/**
 * `bypass`: both ends have let it pass, and nothing is rewritten. `dnat`, `snat`: the end to write is in `to`. `midFlow`: a TCP
 * segment of a connection that nobody has seen begin.
 */
export type FlowVerdict = 'new' | 'established' | 'bypass' | 'dnat' | 'snat' | 'midFlow' | 'invalid';

export interface FoundFlow {
  readonly verdict: FlowVerdict;
  /** The entry that says it all. */
  readonly flow?: EbpfFlow;
  /** What the packet is to become. */
  readonly to?: { readonly source: EbpfEnd; readonly destination: EbpfEnd };
  readonly flags: ReadonlySet<FlowFlag>;
  /** The node at the other end of the tunnel. */
  readonly tunnel?: IpAddress;
  /** The device by which packets of the other direction come in. */
  readonly deviceBack?: string;
  readonly toWorkload: boolean;
  readonly confirmed: boolean;
  /** It is an ICMP error about the connection. */
  readonly related: boolean;
  readonly syn: boolean;
  readonly wrongWay: boolean;
}

const NO_FLAGS: ReadonlySet<FlowFlag> = new Set();

export function missed(verdict: FlowVerdict): FoundFlow {
  return { verdict, flags: NO_FLAGS, toWorkload: false, confirmed: false, related: false, syn: false, wrongWay: false };
}
