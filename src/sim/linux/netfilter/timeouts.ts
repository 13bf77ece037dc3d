import type { TcpConntrackState } from '../../../datamodel/network/runtime.ts';
import type { Kernel } from '../kernel.ts';

/** Seconds, unless a sysctl `net.netfilter.nf_conntrack_NAME` says otherwise (nf_conntrack_proto_*.c). */
const DEFAULTS = {
  tcp_timeout_syn_sent: 120,
  tcp_timeout_syn_recv: 60,
  tcp_timeout_established: 432_000,
  tcp_timeout_fin_wait: 120,
  tcp_timeout_close_wait: 60,
  tcp_timeout_last_ack: 30,
  tcp_timeout_time_wait: 120,
  tcp_timeout_close: 10,
  tcp_timeout_max_retrans: 300,
  tcp_timeout_unacknowledged: 300,
  udp_timeout: 30,
  udp_timeout_stream: 120,
  icmp_timeout: 30,
  generic_timeout: 600,
} as const;
export type TimeoutName = keyof typeof DEFAULTS;

export const TCP_TIMEOUT: Readonly<Record<Exclude<TcpConntrackState, 'NONE'>, TimeoutName>> = {
  SYN_SENT: 'tcp_timeout_syn_sent',
  SYN_RECV: 'tcp_timeout_syn_recv',
  ESTABLISHED: 'tcp_timeout_established',
  FIN_WAIT: 'tcp_timeout_fin_wait',
  CLOSE_WAIT: 'tcp_timeout_close_wait',
  LAST_ACK: 'tcp_timeout_last_ack',
  TIME_WAIT: 'tcp_timeout_time_wait',
  CLOSE: 'tcp_timeout_close',
  SYN_SENT2: 'tcp_timeout_syn_sent',
};

export const SECOND = 1_000_000_000;

/** @returns virtual nanoseconds. */
export function conntrackTimeout(kernel: Kernel, name: TimeoutName): number {
  return conntrackSysctl(kernel, name, DEFAULTS[name]) * SECOND;
}

/** The number in `net.netfilter.nf_conntrack_NAME`, or the kernel's default for it. */
export function conntrackSysctl(kernel: Kernel, name: string, otherwise: number): number {
  const text = kernel.config.sysctls[`net.netfilter.nf_conntrack_${name}`];
  const value = text === undefined ? Number.NaN : Number(text);
  return Number.isInteger(value) && value >= 0 ? value : otherwise;
}
