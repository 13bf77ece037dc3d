import type { IpvsSctpState } from '../../../datamodel/network/runtime.ts';
import { SctpChunkType } from '../../../wire/sctpChunk.ts';
import type { Sender } from './tcpState.ts';

/** In the order of the columns below, by the names that ipvsadm prints (ip_vs_proto_sctp.c, sctp_state_name_table). */
const STATES = {
  NO: 'NONE',
  I1: 'INIT1',
  IN: 'INIT',
  CS: 'C-SENT',
  CR: 'C-REPLIED',
  CW: 'C-WAIT',
  CO: 'COOKIE',
  CE: 'C-ECHOED',
  ES: 'ESTABLISHED',
  SS: 'S-SENT',
  SR: 'S-RECEIVED',
  SA: 'S-ACK-SENT',
  RJ: 'REJECTED',
  CL: 'CLOSED',
} as const satisfies Readonly<Record<string, IpvsSctpState>>;
const BY_ABBREVIATION: Readonly<Record<string, IpvsSctpState>> = STATES;
const COLUMNS: readonly IpvsSctpState[] = Object.values(STATES);

type Event = 'data' | 'init' | 'initAck' | 'echo' | 'ack' | 'shutdown' | 'shutdownAck' | 'complete' | 'error' | 'abort';

const EVENTS: ReadonlyMap<number, Event> = new Map<number, Event>([
  [SctpChunkType.init, 'init'],
  [SctpChunkType.initAck, 'initAck'],
  [SctpChunkType.cookieEcho, 'echo'],
  [SctpChunkType.cookieAck, 'ack'],
  [SctpChunkType.shutdown, 'shutdown'],
  [SctpChunkType.shutdownAck, 'shutdownAck'],
  [SctpChunkType.shutdownComplete, 'complete'],
  [SctpChunkType.error, 'error'],
  [SctpChunkType.abort, 'abort'],
]);

/** What a packet makes of each state, by its first chunk (sctp_states). */
const NEXT: Readonly<Record<Sender, Readonly<Record<Event, string>>>> = {
  client: {
    data: 'ES I1 IN CS CR CW CO CE ES SS SR SA RJ CL',
    init: 'I1 IN IN CS CR CW CO CE ES SS SR SA IN IN',
    initAck: 'CW CW CW CS CR CO CO CE ES SS SR SA RJ CL',
    echo: 'CR IN IN CR CR CW CO CE ES SS SR SA RJ CL',
    ack: 'ES I1 IN CS CR CW CO ES ES SS SR SA RJ CL',
    shutdown: 'SR I1 IN CS CR CW CO CE SR SS SR SA RJ CL',
    shutdownAck: 'CL IN IN CS CR CW CO CE ES CL SR CL RJ CL',
    complete: 'CL CL CL CS CR CW CO CE ES SS SR CL RJ CL',
    error: 'CL I1 IN CS CR CW CO CL ES SS SR SA RJ CL',
    abort: 'CL CL CL CL CL RJ CL CL CL CL CL CL CL CL',
  },
  server: {
    data: 'ES I1 IN CS CR CW CO CE ES SS SR SA RJ CL',
    init: 'CW CW CW CW CW CW CW CW ES CW CW CW CW CW',
    initAck: 'CS CS CS CS CR CW CO CE ES SS SR SA RJ CL',
    echo: 'CE CE CE CE CE CE CE CE ES SS SR SA RJ CL',
    ack: 'ES ES ES ES ES ES ES ES ES SS SR SA RJ CL',
    shutdown: 'SS SS SS SS SS SS SS SS SS SS SR SA RJ CL',
    shutdownAck: 'SA SA SA SA SA CW CO CE ES SA SA SA RJ CL',
    complete: 'CL I1 IN CS CR CW CO CE ES SS SR SA RJ CL',
    error: 'CL CL CL CL CL CW CO CE ES SS SR SA RJ CL',
    abort: 'CL RJ CL CL CL CL CL CL CL CL CL CL CL CL',
  },
  clientAlone: {
    data: 'ES I1 IN CS CR ES CO CE ES SS SR SA RJ CL',
    init: 'I1 IN IN IN IN IN CO CE ES SS SR SA IN IN',
    initAck: 'CE CE CE CE CE CE CO CE ES SS SR SA RJ CL',
    echo: 'ES ES ES ES ES ES CO CE ES SS SR SA RJ CL',
    ack: 'ES I1 IN ES ES CW ES ES ES SS SR SA RJ CL',
    shutdown: 'SR I1 IN CS CR CW CO CE SR SS SR SA RJ CL',
    shutdownAck: 'CL IN IN CS CR CW CO CE CL CL SR CL RJ CL',
    complete: 'CL CL CL CL CL CW CO CE ES SS CL CL RJ CL',
    error: 'CL I1 IN CS CR CW CO CE ES SS SR SA RJ CL',
    abort: 'CL CL CL CL CL RJ CL CL CL CL CL CL CL CL',
  },
};

/** The state after a packet that begins with the chunk (set_sctp_state). */
export function nextSctpState(state: IpvsSctpState, chunk: number | undefined, from: Sender): IpvsSctpState {
  const row = NEXT[from][EVENTS.get(chunk ?? -1) ?? 'data'];
  return BY_ABBREVIATION[row.split(' ')[COLUMNS.indexOf(state)] ?? ''] ?? state;
}
