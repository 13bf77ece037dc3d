import { chance } from '../../../../base/chance.ts';
import { IpProtocol, Ipv4View } from '../../../../wire/ipv4.ts';
import { emitTcp, parseTcp, TcpFlag, type TcpFlags, TcpView } from '../../../../wire/tcp.ts';
import { linuxTcpOptions, type SackBlock, type TcpOption, tcpOptionsLength } from '../../../../wire/tcpOption.ts';
import { WireError } from '../../../../wire/wireError.ts';
import type { RouteResult, SocketEnd } from '../../kernel.ts';
import type { Skb } from '../../skb.ts';
import { refuseWithoutRoute, sendLocal } from '../send.ts';
import type { SocketError } from '../socketError.ts';
import { MILLISECOND, type TcpControl } from './control.ts';

/** A segment as it came. */
export interface Segment {
  readonly sequence: number;
  readonly acknowledgement: number;
  readonly flags: TcpFlags;
  readonly window: number;
  readonly payload: Uint8Array;
  readonly mss: number | undefined;
  readonly windowScale: number | undefined;
  readonly sackPermitted: boolean;
  readonly timestamps: { readonly value: number; readonly echo: number } | undefined;
  readonly sackBlocks: readonly SackBlock[];
}

/** What is to be sent; acknowledgement, window and options follow from the connection. */
export interface Sending {
  readonly sequence: number;
  readonly flags: TcpFlags;
  readonly payload?: Uint8Array;
  readonly label: string;
  /** The packet that it answers. */
  readonly cause?: Skb | undefined;
}

/** Sequence space of a segment: SYN and FIN count one each. */
export function segmentLength(segment: Segment): number {
  return segment.payload.length + (has(segment, TcpFlag.syn) ? 1 : 0) + (has(segment, TcpFlag.fin) ? 1 : 0);
}

export function has(segment: Segment, flag: TcpFlags): boolean {
  return (segment.flags & flag) !== 0;
}

/** @returns undefined when the header or an option is malformed. */
export function readSegment(skb: Skb): Segment | undefined {
  const ip = new Ipv4View(skb.bytes, skb.networkOffset);
  const end = ip.offset + ip.totalLength;
  try {
    const fields = parseTcp(skb.bytes.subarray(0, end), ip.payloadOffset);
    const { sequence, acknowledgement, flags, window, options } = fields;
    const payload = skb.bytes.slice(new TcpView(skb.bytes, ip.payloadOffset).payloadOffset, end);
    return { sequence, acknowledgement, flags, window, payload, ...readOptions(options) };
  } catch (error) {
    if (error instanceof WireError) return undefined;
    throw error;
  }
}

function readOptions(
  options: readonly TcpOption[],
): Pick<Segment, 'mss' | 'windowScale' | 'sackPermitted' | 'timestamps' | 'sackBlocks'> {
  let mss: number | undefined;
  let windowScale: number | undefined;
  let sackPermitted = false;
  let timestamps: Segment['timestamps'];
  let sackBlocks: readonly SackBlock[] = [];
  for (const option of options) {
    if (option.kind === 'mss') mss = option.value;
    else if (option.kind === 'windowScale') windowScale = Math.min(option.shift, 14);
    else if (option.kind === 'sackPermitted') sackPermitted = true;
    else if (option.kind === 'timestamps') timestamps = { value: option.value, echo: option.echo };
    else if (option.kind === 'sack') sackBlocks = option.blocks;
  }
  return { mss, windowScale, sackPermitted, timestamps, sackBlocks };
}

/** Milliseconds on this connection's own clock (tcp_ts: a secret offset per pair of ends). */
export function timestampNow(tcp: TcpControl): number {
  const { queue } = tcp.kernel.world;
  return (tcp.setup.timestampOffset + Math.floor(queue.now / MILLISECOND)) >>> 0;
}

export function timestampOffset(seed: number, local: SocketEnd, remote: SocketEnd): number {
  return chance(seed, 'tcp timestamp', local.address, remote.address);
}

/** Bytes of options on a segment without SYN: they lessen what data fits (tcp_established_options). */
export function optionsLength(tcp: TcpControl): number {
  return tcpOptionsLength(establishedOptions(tcp));
}

function establishedOptions(tcp: TcpControl): TcpOption[] {
  const sackBlocks = tcp.sackPermitted ? pendingSackBlocks(tcp) : [];
  return linuxTcpOptions({
    ...(tcp.timestamps && { timestamps: { value: timestampNow(tcp), echo: tcp.recentTimestamp } }),
    ...(sackBlocks.length > 0 && { sackBlocks }),
  });
}

function pendingSackBlocks(tcp: TcpControl): SackBlock[] {
  const room = tcp.timestamps ? 3 : 4;
  const blocks = tcp.received.sackBlocks();
  return (tcp.duplicateSack ? [tcp.duplicateSack, ...blocks] : [...blocks]).slice(0, room);
}

function synOptions(tcp: TcpControl, mss: number): TcpOption[] {
  return linuxTcpOptions({
    mss,
    ...(tcp.sackPermitted && { sackPermitted: true }),
    ...(tcp.timestamps && { timestamps: { value: timestampNow(tcp), echo: tcp.recentTimestamp } }),
    ...(tcp.windowScaling && { windowScale: tcp.receiveWindowShift }),
  });
}

/** The route of a connection's packets now. */
export function routeOf(tcp: TcpControl): ReturnType<TcpControl['kernel']['stack']['routeOutput']> {
  const { kernel, setup } = tcp;
  return kernel.stack.routeOutput(kernel, { destination: setup.remote.address, source: setup.local.address });
}

/** The MSS to announce: what the route takes, less two headers (ipv4_default_advmss). */
export function announcedMss(tcp: TcpControl, route: RouteResult): number {
  return Math.max(tcp.kernel.stack.routeMtu(tcp.kernel, route, tcp.setup.remote.address) - 40, 256);
}

/** Sends one segment (__tcp_transmit_skb). @returns what fails, if no route leads there. */
export function transmitSegment(tcp: TcpControl, sending: Sending): SocketError | undefined {
  const { kernel, setup } = tcp;
  const { recorder } = kernel.world;
  const syn = (sending.flags & TcpFlag.syn) !== 0;
  const acknowledges = (sending.flags & TcpFlag.ack) !== 0;
  const found = routeOf(tcp);
  const addresses = { source: setup.local.address, destination: setup.remote.address };
  const mss = found.ok ? announcedMss(tcp, found.route) : 536;
  const payload = emitTcp(
    {
      sourcePort: setup.local.port,
      destinationPort: setup.remote.port,
      sequence: sending.sequence,
      acknowledgement: acknowledges ? tcp.received.next : 0,
      flags: sending.flags,
      window: syn ? Math.min(tcp.receiveWindow, 65535) : tcp.receiveWindow >>> tcp.receiveWindowShift,
      options: syn ? synOptions(tcp, mss) : establishedOptions(tcp),
    },
    sending.payload,
    addresses,
  );
  const { label, cause } = sending;
  const { role, exchange } = setup;
  const packet = {
    by: 'socket' as const,
    what: label,
    trace: cause
      ? recorder.beginCaused(cause, label, role)
      : recorder.begin({ origin: { type: 'flow' }, label, role, exchange }),
    protocol: IpProtocol.tcp,
    ...addresses,
    payload,
    identification: identificationOf(tcp, syn && acknowledges),
    dontFragment: setup.pathMtuDiscovery !== 'dont',
    ttl: setup.ttl,
    tos: setup.tos,
    socketHash: tcp.socketHash,
    pathMtuDiscovery: setup.pathMtuDiscovery,
    notes: tcp.notes.splice(0),
  };
  if (acknowledges) acknowledged(tcp);
  if (!found.ok) return refuseWithoutRoute(kernel, packet, found);
  sendLocal(kernel, packet, found.route);
  return undefined;
}

/** A SYN-ACK, and an ACK of what is left of a closed socket, have id 0; others count. */
function identificationOf(tcp: TcpControl, synAck: boolean): number {
  const { kernel, setup } = tcp;
  if (synAck || tcp.remnant) return 0;
  const { local, remote } = setup;
  return kernel.stack.nextIpId(kernel, `tcp ${local.address} ${local.port} ${remote.address} ${remote.port}`);
}

/** tcp_event_ack_sent: every segment with an ACK settles what was owed. */
function acknowledged(tcp: TcpControl): void {
  tcp.lastAcknowledged = tcp.received.next;
  tcp.duplicateSack = undefined;
  tcp.acknowledgeNow = false;
  if (tcp.quickAcks > 0) tcp.quickAcks--;
  if (tcp.acknowledgeTimer) {
    tcp.kernel.world.queue.cancel(tcp.acknowledgeTimer);
    tcp.acknowledgeTimer = undefined;
  }
}
