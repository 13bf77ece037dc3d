import type { IpvsConnection, IpvsSctpState, IpvsTcpState } from '../../../datamodel/network/runtime.ts';
import { IpProtocol } from '../../../wire/ipv4.ts';

export const SECOND = 1_000_000_000;

/** Seconds (ip_vs_proto_tcp.c, ip_vs_proto_udp.c, ip_vs_proto_sctp.c); `ipvsadm --set` would change three of them. */
const TCP: Readonly<Record<IpvsTcpState, number>> = {
  NONE: 2,
  ESTABLISHED: 900,
  SYN_SENT: 120,
  SYN_RECV: 60,
  FIN_WAIT: 120,
  TIME_WAIT: 120,
  CLOSE: 10,
  CLOSE_WAIT: 60,
  LAST_ACK: 30,
  LISTEN: 120,
  SYNACK: 120,
};
const UDP = 300;
/** A template that an earlier run left; its service's timeout is given to it with its next use. */
const TEMPLATE = 60;

/** How long a connection in that state is kept without a packet, in virtual nanoseconds. */
export function timeoutOf({
  protocol,
  state,
  template,
}: Pick<IpvsConnection, 'protocol' | 'state' | 'template'>): number {
  if (template || state === 'ASSURED') return TEMPLATE * SECOND;
  if (protocol === IpProtocol.sctp) return sctpTimeout(state as IpvsSctpState) * SECOND;
  return (state === 'UDP' ? UDP : TCP[state as IpvsTcpState]) * SECOND;
}

/** Seconds (sctp_timeouts): most are the longest that a side waits before it says something again. */
function sctpTimeout(state: IpvsSctpState): number {
  if (state === 'NONE') return 2;
  if (state === 'INIT1' || state === 'REJECTED') return 4;
  return state === 'ESTABLISHED' ? 900 : 61;
}
