import type { EntryRef } from '../../../datamodel/flow/step.ts';
import type { IpAddress } from '../../../wire/address.ts';
import { emitIpv4 } from '../../../wire/ipv4.ts';
import type { SocketNote } from '../ebpf/socketTranslation.ts';
import type { Kernel, RouteOutput, RouteResult } from '../kernel.ts';
import { Skb } from '../skb.ts';
import { drop } from './record.ts';
import type { SocketError } from './socketError.ts';

/** A packet that a socket, or the kernel for itself, is about to send. */
export interface LocalPacket {
  readonly by: 'socket' | 'kernel';
  /** What a person calls it; also the trace's label. */
  readonly what: string;
  readonly trace: number;
  readonly protocol: number;
  readonly source: IpAddress;
  readonly destination: IpAddress;
  /** Transport header and data. */
  readonly payload: Uint8Array;
  readonly identification: number;
  readonly dontFragment: boolean;
  readonly ttl: number;
  readonly tos: number;
  readonly socketHash?: number | undefined;
  readonly pathMtuDiscovery?: 'do' | 'dont' | 'want' | undefined;
  /** What programs of the cgroup had made of the call that it comes of. */
  readonly notes?: readonly SocketNote[] | undefined;
}

const MULTICAST_TTL = 1;
const NOWHERE = '0.0.0.0' as IpAddress;

/** The TTL of packets whose sender did not choose one (net.ipv4.ip_default_ttl). */
export function defaultTtl(kernel: Kernel): number {
  const value = Number(kernel.config.sysctls['net.ipv4.ip_default_ttl'] ?? 64);
  return Number.isInteger(value) && value >= 1 && value <= 255 ? value : 64;
}

/** The TTL of a socket's packet: what it asked for holds for single hosts, a group hears it one hop far (IP_MULTICAST_TTL). */
export function socketTtl(kernel: Kernel, ttl: number | undefined, destination: IpAddress): number {
  return kernel.fib.addressType(destination) === 'MULTICAST' ? MULTICAST_TTL : (ttl ?? defaultTtl(kernel));
}

/** Makes the packet and hands it to the IP layer along `route`. */
export function sendLocal(kernel: Kernel, packet: LocalPacket, route: RouteResult): void {
  kernel.stack.ipLocalOut(kernel, originate(kernel, packet), route);
}

/** Records a packet that could not be made because no route leads to its destination. @returns what the call fails with. */
export function refuseWithoutRoute(
  kernel: Kernel,
  packet: Omit<LocalPacket, 'source'> & { readonly source: IpAddress | undefined },
  failure: Extract<RouteOutput, { ok: false }>,
): SocketError {
  const skb = originate(kernel, { ...packet, source: packet.source ?? NOWHERE });
  const entry = failure.entry && routeEntry(kernel, failure.entry.id);
  const { destination } = packet;
  kernel.world.recorder.step(
    kernel.id,
    skb,
    { type: 'route', purpose: 'output', destination, result: failure.entry?.type ?? 'none' },
    { entry },
  );
  const because = failure.entry
    ? `the route for ${destination} is of type ${failure.entry.type}`
    : `no route leads to ${destination}`;
  drop(kernel, skb, 'IP_OUTNOROUTES', because, { entry });
  return failure.error;
}

/** Records a packet that is longer than its path allows while its socket forbids fragments (EMSGSIZE). */
export function refuseTooLong(kernel: Kernel, packet: LocalPacket, mtu: number): void {
  const skb = originate(kernel, packet);
  const exception = kernel.pathMtus.get(packet.destination);
  const entry = exception && { netns: kernel.id, table: 'pathMtu' as const, id: exception.id };
  const because = `the packet is ${skb.bytes.length} bytes long, the path takes ${mtu}, and the socket forbids fragments`;
  drop(kernel, skb, 'PKT_TOO_BIG', because, { entry });
}

/** Records the packet that a system call would have led to if a program of the cgroup had not let it fail. */
export function refuseByProgram(kernel: Kernel, packet: LocalPacket, { detail, entry }: SocketNote): void {
  const skb = makePacket(packet);
  kernel.world.recorder.step(kernel.id, skb, detail, { entry });
  const because = `${detail.name} lets the call fail, as ${detail.service ?? 'the service'} has no backend: there is no packet`;
  drop(kernel, skb, 'NOT_SPECIFIED', because, { entry });
}

function originate(kernel: Kernel, packet: LocalPacket): Skb {
  const { recorder } = kernel.world;
  const skb = makePacket(packet);
  for (const { detail, entry } of packet.notes ?? []) recorder.step(kernel.id, skb, detail, { entry });
  recorder.step(kernel.id, skb, { type: 'originate', by: packet.by, what: packet.what });
  return skb;
}

function makePacket(packet: LocalPacket): Skb {
  const { protocol, source, destination, identification, dontFragment, ttl, tos, payload } = packet;
  const fields = { protocol, source, destination, identification, dontFragment, ttl, tos };
  return new Skb(emitIpv4({ ...fields, moreFragments: false, fragmentOffset: 0 }, payload), 'ip', {
    trace: packet.trace,
    mark: 0,
    packetType: 'outgoing',
    pass: 'host',
    direction: 'down',
    ...(packet.socketHash !== undefined && { socketHash: packet.socketHash }),
    ...(packet.pathMtuDiscovery !== undefined && { pathMtuDiscovery: packet.pathMtuDiscovery }),
  });
}

function routeEntry(kernel: Kernel, id: string): EntryRef {
  return { netns: kernel.id, table: 'route', id };
}
