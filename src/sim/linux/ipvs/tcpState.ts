import type { IpvsTcpState } from '../../../datamodel/network/runtime.ts';
import { TcpFlag } from '../../../wire/tcp.ts';

/** In the order of the columns below (ip_vs.h, IP_VS_TCP_S_*). */
const STATES = [
  'NONE',
  'ESTABLISHED',
  'SYN_SENT',
  'SYN_RECV',
  'FIN_WAIT',
  'TIME_WAIT',
  'CLOSE',
  'CLOSE_WAIT',
  'LAST_ACK',
  'LISTEN',
  'SYNACK',
] as const satisfies readonly IpvsTcpState[];

const BY_ABBREVIATION: Readonly<Record<string, IpvsTcpState>> = {
  ES: 'ESTABLISHED',
  SS: 'SYN_SENT',
  SR: 'SYN_RECV',
  FW: 'FIN_WAIT',
  TW: 'TIME_WAIT',
  CL: 'CLOSE',
  CW: 'CLOSE_WAIT',
  LA: 'LAST_ACK',
  LI: 'LISTEN',
};

export type Sender = 'client' | 'server' | 'clientAlone';
type Segment = 'syn' | 'fin' | 'ack' | 'rst';

/**
 * What a segment makes of each state, from the client and from the real server, or where answers go another way
 * (ip_vs_proto_tcp.c, tcp_states).
 */
const NEXT: Readonly<Record<Sender, Readonly<Record<Segment, string>>>> = {
  client: {
    syn: 'SR ES ES SR SR SR SR SR SR SR SR',
    fin: 'CL CW SS TW TW TW CL CW LA LI TW',
    ack: 'ES ES SS ES FW TW CL CW CL LI ES',
    rst: 'CL CL CL SR CL CL CL CL LA LI SR',
  },
  server: {
    syn: 'SS ES SS SR SS SS SS SS SS LI SR',
    fin: 'TW FW SS TW FW TW CL TW LA LI TW',
    ack: 'ES ES SS ES FW TW CL CW LA ES ES',
    rst: 'CL CL SS CL CL TW CL CL CL CL CL',
  },
  clientAlone: {
    syn: 'SR ES ES SR SR SR SR SR SR SR SR',
    fin: 'CL FW SS TW FW TW CL CW LA LI TW',
    ack: 'ES ES ES ES FW TW CL CW CL LI ES',
    rst: 'CL CL CL SR CL CL CL CL LA LI CL',
  },
};

/** The state after a segment with those flags; without any that counts the state stays (set_tcp_state). */
export function nextTcpState(state: IpvsTcpState, flags: number, from: Sender): IpvsTcpState {
  const segment = segmentOf(flags);
  if (segment === undefined) return state;
  const next = NEXT[from][segment].split(' ')[STATES.indexOf(state)];
  return BY_ABBREVIATION[next ?? ''] ?? state;
}

function segmentOf(flags: number): Segment | undefined {
  if (flags & TcpFlag.rst) return 'rst';
  if (flags & TcpFlag.syn) return 'syn';
  if (flags & TcpFlag.fin) return 'fin';
  return flags & TcpFlag.ack ? 'ack' : undefined;
}

/** Whether `ipvsadm -Ln` counts a connection in that state as active (tcp_state_active_table). */
export function isActive(state: string): boolean {
  return state === 'ESTABLISHED' || state === 'SYN_SENT' || state === 'SYN_RECV' || state === 'SYNACK';
}
