import type { VirtualServer } from '../../../datamodel/network/ipvs.ts';
import type { Hook } from '../../../datamodel/network/netfilter.ts';
import { familyAt, ipView } from '../../../wire/ip.ts';
import { IpProtocol } from '../../../wire/ipv4.ts';
import { SctpChunkType } from '../../../wire/sctpChunk.ts';
import { TcpFlag } from '../../../wire/tcp.ts';
import { sysctlFlag, sysctlNumber } from '../ip/sysctl.ts';
import type { Kernel } from '../kernel.ts';
import type { HookVerdict } from '../netfilter/hookFunction.ts';
import { dropPacket } from '../netfilter/verdict.ts';
import type { Skb } from '../skb.ts';
import type { LiveConnection } from './connection.ts';
import { clientKey } from './connection.ts';
import { findIpvs, removeIpvs } from './connectionTable.ts';
import { errorFromClient } from './icmp.ts';
import { beginsConnection, firstChunkOf, type IpvsPacket, readIpvsPacket, tcpFlagsOf } from './packet.ts';
import { scheduleConnection } from './schedule.ts';
import { findVirtualServer, realServerAt } from './serviceTable.ts';
import { countPacket } from './state.ts';
import { connectionRef, transmit } from './transmit.ts';

const PORT_UNREACHABLE = { type: 3, code: 3 } as const;

/**
 * A packet that has come to this host, or that a process of its sends: if it is for a virtual server, it goes to a real one
 * (ip_vs_core.c, ip_vs_in_hook).
 */
export function incoming(kernel: Kernel, skb: Skb, hook: Hook): HookVerdict {
  const { meta, bytes, networkOffset } = skb;
  if (meta.ipvs || (meta.packetType !== 'host' && hook !== 'OUTPUT')) return 'accept';
  if (ipView(bytes, networkOffset).protocol === IpProtocol.icmp) return errorFromClient(kernel, skb, hook);
  const packet = readIpvsPacket(bytes, networkOffset);
  if (packet === undefined) return 'accept';
  const virtual = findVirtualServer(kernel.config, packet.protocol, packet.destination);
  const known = findIpvs(kernel, clientKey(packet.protocol, packet.source, packet.destination));
  const usable = known ? reconsider(kernel, skb, virtual, known) : 'none';
  if (usable === 'drop') {
    dropPacket(
      kernel,
      skb,
      hook,
      'Its IPVS connection is over: the real server is gone, or conntrack has yet to forget it.',
    );
    return 'drop';
  }
  if (usable === 'known' && known) {
    record(kernel, skb, hook, known);
    countPacket(kernel, skb, known, 'client');
    return transmit(kernel, skb, hook, known);
  }
  return begin(kernel, skb, hook, packet, virtual);
}

/** Whether a known connection takes the packet, or gives way to a new one, at once or after conntrack's has gone. */
function reconsider(
  kernel: Kernel,
  skb: Skb,
  virtual: VirtualServer | undefined,
  known: LiveConnection,
): 'known' | 'none' | 'drop' {
  const server = realServerAt(virtual, known.destination);
  const expires = sysctlFlag(kernel, 'net.ipv4.vs.expire_nodest_conn');
  const oldConntrack = known.tracked && skb.meta.connection?.confirmed === true;
  const begins = beginsConnection(skb);
  const retired = begins && expires && server?.weight === 0;
  const reused = begins && known.state === 'TIME_WAIT' && sysctlNumber(kernel, 'net.ipv4.vs.conn_reuse_mode', 1) !== 0;
  const gone = server === undefined && expires;
  if (server === undefined && !expires) return 'drop';
  if (!retired && !reused && !gone) return 'known';
  // What conntrack has noted meanwhile is the new connection's.
  if (!oldConntrack) known.tracked = false;
  removeIpvs(kernel, known);
  return oldConntrack ? 'drop' : 'none';
}

/**
 * Only a SYN opens a TCP connection, only an INIT an SCTP association; to anything else IPVS has nothing to say
 * (tcp_conn_schedule, sctp_conn_schedule, ip_vs_leave).
 */
function begin(
  kernel: Kernel,
  skb: Skb,
  hook: Hook,
  packet: IpvsPacket,
  virtual: VirtualServer | undefined,
): HookVerdict {
  if (virtual === undefined || !mayOpen(kernel, skb, packet)) return 'accept';
  if (hook === 'OUTPUT' && isAnswer(kernel, packet)) return 'accept';
  const scheduled = scheduleConnection(kernel, virtual, packet);
  const entry = { netns: kernel.id, table: 'virtualServer', id: virtual.id } as const;
  const { scheduler } = virtual;
  const among = virtual.realServers.filter(({ weight }) => weight > 0).length;
  const { recorder } = kernel.world;
  if (scheduled === undefined) {
    const detail = { type: 'ipvs', event: 'refused', virtual: packet.destination, scheduler, among } as const;
    recorder.step(kernel.id, skb, detail, { hook, entry });
    // nothing routes an answer to a packet of IPv6 yet
    const isIpv4 = familyAt(skb.bytes, skb.networkOffset) === 'IPv4';
    const sent = isIpv4 && kernel.stack.icmpSend(kernel, skb, PORT_UNREACHABLE);
    const because = `IPVS has no real server behind ${virtual.address}:${virtual.port}.`;
    dropPacket(kernel, skb, hook, because, { entry, ...(sent && { icmp: PORT_UNREACHABLE }) });
    return 'drop';
  }
  const { connection, server, how, picked } = scheduled;
  countPacket(kernel, skb, connection, 'client');
  recorder.step(
    kernel.id,
    skb,
    {
      type: 'ipvs',
      event: how,
      virtual: packet.destination,
      scheduler,
      among,
      server: connection.destination,
      ...(picked && { picked }),
    },
    { hook, entry: server ? { ...entry, id: server.id } : entry },
  );
  return transmit(kernel, skb, hook, connection);
}

function mayOpen(kernel: Kernel, skb: Skb, { protocol }: IpvsPacket): boolean {
  if (protocol === IpProtocol.sctp) {
    const chunk = firstChunkOf(skb);
    if (chunk === SctpChunkType.init) return true;
    return sysctlFlag(kernel, 'net.ipv4.vs.sloppy_sctp') && chunk !== SctpChunkType.abort;
  }
  if (protocol !== IpProtocol.tcp) return true;
  const flags = tcpFlagsOf(skb);
  if (flags & TcpFlag.syn) return true;
  return sysctlFlag(kernel, 'net.ipv4.vs.sloppy_tcp') && (flags & TcpFlag.rst) === 0;
}

/** A real server on this host may speak from an address that is a virtual server's too. */
function isAnswer(kernel: Kernel, { protocol, source, destination }: IpvsPacket): boolean {
  return findIpvs(kernel, clientKey(protocol, destination, source)) !== undefined;
}

function record(kernel: Kernel, skb: Skb, hook: Hook, connection: LiveConnection): void {
  const { virtual, destination } = connection;
  const detail = { type: 'ipvs', event: 'found', virtual, server: destination } as const;
  kernel.world.recorder.step(kernel.id, skb, detail, { hook, entry: connectionRef(kernel, connection) });
}
