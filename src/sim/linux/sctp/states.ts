import type { SctpConntrackState } from '../../../datamodel/network/runtime.ts';
import { SctpChunkType } from '../../../wire/sctpChunk.ts';

/** Seconds, unless a sysctl `net.netfilter.nf_conntrack_sctp_timeout_STATE` says otherwise (sctp_timeouts). */
export const SCTP_TIMEOUT: Readonly<Record<Exclude<SctpConntrackState, 'NONE'>, number>> = {
  CLOSED: 10,
  COOKIE_WAIT: 3,
  COOKIE_ECHOED: 3,
  ESTABLISHED: 210,
  SHUTDOWN_SENT: 3,
  SHUTDOWN_RECD: 3,
  SHUTDOWN_ACK_SENT: 3,
  HEARTBEAT_SENT: 30,
};

/** In the order of the columns below. */
const COLUMNS = ['NO', 'CL', 'CW', 'CE', 'ES', 'SS', 'SR', 'SA', 'HS'] as const;
const BY_ABBREVIATION: Readonly<Record<string, SctpConntrackState>> = {
  NO: 'NONE',
  CL: 'CLOSED',
  CW: 'COOKIE_WAIT',
  CE: 'COOKIE_ECHOED',
  ES: 'ESTABLISHED',
  SS: 'SHUTDOWN_SENT',
  SR: 'SHUTDOWN_RECD',
  SA: 'SHUTDOWN_ACK_SENT',
  HS: 'HEARTBEAT_SENT',
};
const STATES = COLUMNS.map((column) => BY_ABBREVIATION[column]);

/** What a chunk makes of each state, going either way (sctp_conntracks); `--` is what makes the packet invalid. */
const NEXT: readonly ReadonlyMap<number, string>[] = [
  new Map<number, string>([
    [SctpChunkType.init, 'CL CL CW CE ES CL CL SA CW'],
    [SctpChunkType.initAck, 'CL CL CW CE ES SS SR SA CL'],
    [SctpChunkType.abort, 'CL CL CL CL CL CL CL CL CL'],
    [SctpChunkType.shutdown, 'CL CL CW CE SS SS SR SA CL'],
    [SctpChunkType.shutdownAck, 'SA CL CW CE ES SA SA SA SA'],
    [SctpChunkType.error, 'CL CL CW CE ES SS SR SA CL'],
    [SctpChunkType.cookieEcho, 'CL CL CE CE ES SS SR SA CL'],
    [SctpChunkType.cookieAck, 'CL CL CW ES ES SS SR SA CL'],
    [SctpChunkType.shutdownComplete, 'CL CL CW CE ES SS SR CL CL'],
    [SctpChunkType.heartbeat, 'HS CL CW CE ES SS SR SA HS'],
    [SctpChunkType.heartbeatAck, 'CL CL CW CE ES SS SR SA HS'],
  ]),
  new Map<number, string>([
    [SctpChunkType.init, '-- CL CW CE ES SS SR SA --'],
    [SctpChunkType.initAck, '-- CW CW CE ES SS SR SA --'],
    [SctpChunkType.abort, '-- CL CL CL CL CL CL CL --'],
    [SctpChunkType.shutdown, '-- CL CW CE SR SS SR SA --'],
    [SctpChunkType.shutdownAck, '-- CL CW CE ES SA SA SA --'],
    [SctpChunkType.error, '-- CL CW CL ES SS SR SA --'],
    [SctpChunkType.cookieEcho, '-- CL CE CE ES SS SR SA --'],
    [SctpChunkType.cookieAck, '-- CL CW ES ES SS SR SA --'],
    [SctpChunkType.shutdownComplete, '-- CL CW CE ES SS SR CL --'],
    [SctpChunkType.heartbeat, '-- CL CW CE ES SS SR SA HS'],
    [SctpChunkType.heartbeatAck, '-- CL CW CE ES SS SR SA ES'],
  ]),
];

/** The state after a chunk; DATA, SACK and what is unknown leave it as it is (sctp_new_state). */
export function nextSctpState(
  state: SctpConntrackState,
  chunk: number,
  reply: boolean,
): SctpConntrackState | 'invalid' {
  const row = NEXT[reply ? 1 : 0]?.get(chunk);
  if (row === undefined) return state;
  return BY_ABBREVIATION[row.split(' ')[STATES.indexOf(state)] ?? ''] ?? 'invalid';
}
