import type { TcpConntrackState } from '../../../datamodel/network/runtime.ts';
import type { TcpFlags } from '../../../wire/tcp.ts';
import { TcpFlag } from '../../../wire/tcp.ts';

/** What conntrack reads off a segment's flags, the strongest first: RST, SYN (with ACK), FIN, ACK. */
export type SegmentKind = 'syn' | 'synAck' | 'fin' | 'ack' | 'rst' | 'none';
/** `ignore`: let through without a word about the state; `invalid`: no part of the connection. */
export type TcpVerdict = TcpConntrackState | 'ignore' | 'invalid';

const STATES: readonly TcpConntrackState[] = [
  'NONE',
  'SYN_SENT',
  'SYN_RECV',
  'ESTABLISHED',
  'FIN_WAIT',
  'CLOSE_WAIT',
  'LAST_ACK',
  'TIME_WAIT',
  'CLOSE',
  'SYN_SENT2',
];

const LETTERS: Readonly<Record<string, TcpVerdict>> = {
  SS: 'SYN_SENT',
  SR: 'SYN_RECV',
  ES: 'ESTABLISHED',
  FW: 'FIN_WAIT',
  CW: 'CLOSE_WAIT',
  LA: 'LAST_ACK',
  TW: 'TIME_WAIT',
  CL: 'CLOSE',
  S2: 'SYN_SENT2',
  ig: 'ignore',
  '--': 'invalid',
};

/** One line per kind of segment, one column per old state in the order NO SS SR ES FW CW LA TW CL S2. */
const ORIGINAL: Readonly<Record<SegmentKind, string>> = {
  syn: 'SS SS ig ig ig ig ig SS SS S2',
  synAck: '-- -- ig ig ig ig ig ig ig SR',
  fin: '-- -- FW FW LA LA LA TW CL --',
  ack: 'ES -- ES ES CW CW TW TW CL --',
  rst: '-- CL CL CL CL CL CL CL CL CL',
  none: '-- -- -- -- -- -- -- -- -- --',
};
const REPLY: Readonly<Record<SegmentKind, string>> = {
  syn: '-- S2 -- -- -- -- -- -- -- S2',
  synAck: '-- SR ig ig ig ig ig ig ig SR',
  fin: '-- -- FW FW LA LA LA TW CL --',
  ack: '-- ig SR ES CW CW TW TW CL ig',
  rst: '-- CL CL CL CL CL CL CL CL CL',
  none: '-- -- -- -- -- -- -- -- -- --',
};

function compile(rows: Readonly<Record<SegmentKind, string>>): ReadonlyMap<string, TcpVerdict> {
  const table = new Map<string, TcpVerdict>();
  for (const [kind, row] of Object.entries(rows)) {
    row.split(' ').forEach((cell, column) => {
      table.set(`${kind} ${STATES[column]}`, LETTERS[cell] ?? 'invalid');
    });
  }
  return table;
}

const TABLES = { original: compile(ORIGINAL), reply: compile(REPLY) };

/** The state a segment leads to from `old` (nf_conntrack_proto_tcp.c, tcp_conntracks). */
export function nextTcpState(old: TcpConntrackState, kind: SegmentKind, reply: boolean): TcpVerdict {
  return (reply ? TABLES.reply : TABLES.original).get(`${kind} ${old}`) ?? 'invalid';
}

export function segmentKind(flags: TcpFlags): SegmentKind {
  if (flags & TcpFlag.rst) return 'rst';
  if (flags & TcpFlag.syn) return flags & TcpFlag.ack ? 'synAck' : 'syn';
  if (flags & TcpFlag.fin) return 'fin';
  return flags & TcpFlag.ack ? 'ack' : 'none';
}

const { syn, ack, rst, fin, urg } = TcpFlag;
const VALID_FLAGS = new Set<number>([
  syn,
  syn | urg,
  syn | ack,
  rst,
  rst | ack,
  fin | ack,
  fin | ack | urg,
  ack,
  ack | urg,
]);

/** Whether the flags make sense together; PSH, ECE and CWR always do (tcp_valid_flags). */
export function areTcpFlagsValid(flags: TcpFlags): boolean {
  return VALID_FLAGS.has(flags & ~(TcpFlag.psh | TcpFlag.ece | TcpFlag.cwr));
}
