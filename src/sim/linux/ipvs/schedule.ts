import { keptWith } from '../../../base/kept.ts';
import type { RealServer, VirtualServer } from '../../../datamodel/network/ipvs.ts';
import type { IpvsEnd } from '../../../datamodel/network/runtime.ts';
import { IpProtocol } from '../../../wire/ipv4.ts';
import { choose } from '../choice.ts';
import { sysctlFlag } from '../ip/sysctl.ts';
import type { Kernel } from '../kernel.ts';
import type { LiveConnection } from './connection.ts';
import { templateKey } from './connection.ts';
import { findIpvs, insertIpvs, liveConnections, noteScheduling, removeIpvs, touchIpvs } from './connectionTable.ts';
import type { IpvsPacket } from './packet.ts';
import type { Choice } from './scheduler.ts';
import { schedulerOf, sharesOf } from './schedulers.ts';
import { realServerAt } from './serviceTable.ts';
import { isActive } from './tcpState.ts';
import { SECOND, timeoutOf } from './timeouts.ts';

/** A connection that did not exist before, and how its real server was found. */
export interface Scheduled {
  readonly connection: LiveConnection;
  readonly server: RealServer | undefined;
  readonly how: 'scheduled' | 'persistent';
  readonly picked: boolean;
}

/**
 * Makes the connection of a virtual server's first packet (ip_vs_schedule): the scheduler chooses, unless the service is
 * persistent and knows the client.
 * @returns undefined when no real server takes connections.
 */
export function scheduleConnection(kernel: Kernel, virtual: VirtualServer, packet: IpvsPacket): Scheduled | undefined {
  return virtual.persistence === undefined
    ? scheduleAnew(kernel, virtual, packet)
    : schedulePersistent(kernel, virtual, packet, virtual.persistence);
}

function scheduleAnew(kernel: Kernel, virtual: VirtualServer, packet: IpvsPacket): Scheduled | undefined {
  const chosen = chooseServer(kernel, virtual, packet);
  if (chosen === undefined) return undefined;
  const { server, picked } = chosen;
  return { connection: open(kernel, packet, server), server, how: 'scheduled', picked };
}

/** ip_vs_sched_persist: a template remembers the client's real server, and lives on while its connections do. */
function schedulePersistent(
  kernel: Kernel,
  virtual: VirtualServer,
  packet: IpvsPacket,
  seconds: number,
): Scheduled | undefined {
  const { protocol, source, destination } = packet;
  const known = findIpvs(kernel, templateKey(protocol, source, destination));
  const kept = known && isUsable(kernel, virtual, known) ? known : undefined;
  if (known && !kept) removeIpvs(kernel, known);
  const chosen = kept ? undefined : chooseServer(kernel, virtual, packet);
  const template = kept ?? (chosen && newTemplate(kernel, packet, chosen.server));
  if (template === undefined) return undefined;
  template.timeout = seconds * SECOND;
  const server = realServerAt(virtual, template.destination);
  const connection = { ...open(kernel, packet, server ?? template.destination), controller: template.id };
  insertIpvs(kernel, connection);
  touchIpvs(kernel, template);
  return { connection, server, how: kept ? 'persistent' : 'scheduled', picked: chosen?.picked ?? false };
}

/** ip_vs_check_template */
function isUsable(kernel: Kernel, virtual: VirtualServer, template: LiveConnection): boolean {
  const server = realServerAt(virtual, template.destination);
  if (server === undefined) return false;
  return server.weight > 0 || !sysctlFlag(kernel, 'net.ipv4.vs.expire_quiescent_template');
}

function chooseServer(
  kernel: Kernel,
  virtual: VirtualServer,
  packet: IpvsPacket,
): (Choice & { readonly picked: boolean }) | undefined {
  const { pick } = kernel.world;
  const wanted = pick && realServerAt(virtual, pick);
  const picked = wanted !== undefined && wanted.weight > 0;
  const choice: Choice | undefined = picked
    ? { server: wanted }
    : (scripted(kernel, virtual) ?? ask(kernel, virtual, packet));
  if (choice === undefined) return undefined;
  noteScheduling(kernel, { id: virtual.id, last: choice.server.id, ...choice.keep });
  return { ...choice, picked };
}

/** Whose turn it is follows from the connections before, of which a script knows none: to it the scheduler is chance. */
function scripted(kernel: Kernel, { scheduler, realServers, hashesPort = false }: VirtualServer): Choice | undefined {
  if (kernel.world.choices === undefined) return undefined;
  const servers = kernelOrder(realServers);
  const shares = sharesOf(scheduler, servers, hashesPort);
  const server = shares && servers[choose(kernel.world, shares) ?? -1];
  return server && { server };
}

/** The one added last comes first. */
const kernelOrder = keptWith((servers: readonly RealServer[]): readonly RealServer[] => servers.toReversed());

function ask(kernel: Kernel, virtual: VirtualServer, packet: IpvsPacket): Choice | undefined {
  const { now } = kernel.world.queue;
  const count = (server: RealServer, active: boolean): number =>
    [...liveConnections(kernel)].filter(
      (each) =>
        !each.template &&
        each.expires > now &&
        sameEnd(each.virtual, packet.destination) &&
        sameEnd(each.destination, server) &&
        isActive(each.state) === active,
    ).length;
  return schedulerOf(virtual.scheduler)({
    servers: kernelOrder(virtual.realServers),
    source: packet.source.address,
    sourcePort: packet.source.port,
    destination: packet.destination.address,
    hashesPort: virtual.hashesPort ?? false,
    now,
    before: kernel.ipvs.scheduling.get(virtual.id),
    active: (server) => count(server, true),
    inactive: (server) => count(server, false),
  });
}

function sameEnd(a: IpvsEnd, b: IpvsEnd): boolean {
  return a.port === b.port && a.address === b.address;
}

function open(
  kernel: Kernel,
  packet: IpvsPacket,
  { address, port, direct }: IpvsEnd & Pick<RealServer, 'direct'>,
): LiveConnection {
  const { protocol, source: client, destination: virtual } = packet;
  const state = protocol === IpProtocol.udp ? 'UDP' : 'NONE';
  const connection: LiveConnection = {
    id: `ipvs ${protocol} ${client.address}:${client.port} ${virtual.address}:${virtual.port}`,
    protocol,
    client,
    virtual,
    destination: { address, port },
    state,
    expires: kernel.world.queue.now,
    timeout: timeoutOf({ protocol, state, template: false }),
    tracked: sysctlFlag(kernel, 'net.ipv4.vs.conntrack'),
    template: false,
    ...(direct && { direct }),
  };
  insertIpvs(kernel, connection);
  return connection;
}

function newTemplate(kernel: Kernel, packet: IpvsPacket, { address, port }: IpvsEnd): LiveConnection {
  const { protocol, source, destination: virtual } = packet;
  const template: LiveConnection = {
    id: `ipvs template ${protocol} ${source.address} ${virtual.address}:${virtual.port}`,
    protocol,
    client: { address: source.address, port: 0 },
    virtual,
    destination: { address, port },
    state: 'NONE',
    expires: kernel.world.queue.now,
    timeout: 0,
    tracked: false,
    template: true,
  };
  insertIpvs(kernel, template);
  return template;
}
