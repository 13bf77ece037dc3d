import { Icmpv4Type, UnreachableCode } from '../../../wire/icmpv4.ts';

/** What a system call on a socket fails with, by the kernel's names. */
export type SocketError =
  | 'ECONNREFUSED'
  | 'ECONNRESET'
  | 'EHOSTUNREACH'
  | 'ENETUNREACH'
  | 'ETIMEDOUT'
  | 'EMSGSIZE'
  | 'EACCES'
  | 'EINVAL'
  | 'EADDRNOTAVAIL'
  | 'EADDRINUSE'
  | 'ENOPROTOOPT'
  | 'EHOSTDOWN'
  | 'EPERM';

/** The sentence that strerror has for it. */
export const ERROR_TEXT: Readonly<Record<SocketError, string>> = {
  ECONNREFUSED: 'Connection refused',
  ECONNRESET: 'Connection reset by peer',
  EHOSTUNREACH: 'No route to host',
  ENETUNREACH: 'Network is unreachable',
  ETIMEDOUT: 'Connection timed out',
  EMSGSIZE: 'Message too long',
  EACCES: 'Permission denied',
  EINVAL: 'Invalid argument',
  EADDRNOTAVAIL: 'Cannot assign requested address',
  EADDRINUSE: 'Address already in use',
  ENOPROTOOPT: 'Protocol not available',
  EHOSTDOWN: 'Host is down',
  EPERM: 'Operation not permitted',
};

export interface IcmpMeaning {
  readonly error: SocketError;
  /** Whether it ends a connected datagram socket's call; others are only remembered. */
  readonly fatal: boolean;
}

/**
 * What an ICMP error says to a socket (net/ipv4/icmp.c, icmp_err_convert).
 * @returns undefined for messages that say nothing to sockets.
 */
export function icmpMeaning(type: number, code: number): IcmpMeaning | undefined {
  if (type === Icmpv4Type.timeExceeded) return { error: 'EHOSTUNREACH', fatal: false };
  if (type !== Icmpv4Type.destinationUnreachable) return undefined;
  switch (code) {
    case UnreachableCode.net:
    case 11:
      return { error: 'ENETUNREACH', fatal: false };
    case UnreachableCode.host:
    case 5:
    case 12:
      return { error: 'EHOSTUNREACH', fatal: false };
    case UnreachableCode.protocol:
      return { error: 'ENOPROTOOPT', fatal: true };
    case UnreachableCode.port:
      return { error: 'ECONNREFUSED', fatal: true };
    case UnreachableCode.fragmentationNeeded:
      return { error: 'EMSGSIZE', fatal: false };
    case 6:
    case UnreachableCode.netProhibited:
      return { error: 'ENETUNREACH', fatal: true };
    case 7:
    case 8:
      return { error: 'EHOSTDOWN', fatal: true };
    default:
      return code <= 15 ? { error: 'EHOSTUNREACH', fatal: true } : undefined;
  }
}
