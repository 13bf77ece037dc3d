import type { BgpDeed } from '../../../../datamodel/bgp/operation.ts';
import type { BgpPeer, BgpPlan, BgpSpeaker } from '../../../../datamodel/bgp/plan.ts';
import type { BgpKernelRoute } from '../../../../datamodel/bgp/state.ts';
import type { IpAddress, IpPrefix } from '../../../../wire/address.ts';
import type { BgpAttributes } from '../../../../wire/bgpAttribute.ts';
import { exportedAttributes, matchesAny, mayExport } from './exportRoute.ts';
import { importRoute, type RoutingSession } from './importRoute.ts';
import { KernelProtocol } from './kernelProtocol.ts';
import { KernelTable } from './kernelTable.ts';
import { Network } from './network.ts';
import { enterDirectRoutes, enterStaticRoutes } from './ownRoutes.ts';
import { PREFERENCE, type RouteProtocol, type TableRoute } from './route.ts';
import { RouteSources } from './sources.ts';
import { type Channel, Table } from './table.ts';

/** Messages after which routes that never settle are left as they are. */
const BUDGET = 20_000_000;

/** What a converged control plane has made of every kernel's main table, by speaker. */
export type ConvergedRoutes = ReadonlyMap<string, readonly BgpKernelRoute[]>;

interface Machine {
  readonly speaker: BgpSpeaker;
  readonly table: Table;
  readonly sources: RouteSources;
  readonly kernel: KernelTable;
}

/**
 * The routes on which all speakers of a plan settle, without going through the time that it takes: every session that
 * can be up is, and what one says the other hears at once.
 *
 * @param deeds what has been done to the network before, in order.
 */
export function bgpRoutes(plan: BgpPlan, deeds: readonly BgpDeed[] = []): ConvergedRoutes {
  const network = new Network(plan);
  const silent = new Set<string>();
  for (const deed of deeds) {
    network.suffer(deed);
    if (deed.kind === 'shutdown' || deed.kind === 'crash') silent.add(deed.speaker);
    if (deed.kind === 'start' || deed.kind === 'power-on') silent.delete(deed.speaker);
  }
  const tasks: (() => void)[] = [];
  const machines = new Map(plan.speakers.map((speaker) => [speaker.name, machineOf(speaker, network, tasks)]));
  for (const [from, to, peer, back] of sessionsOf(plan, network)) {
    if (silent.has(from.name) || silent.has(to.name)) continue;
    const [here, there] = [machines.get(from.name), machines.get(to.name)];
    if (here && there) connect(here, peer, there, back, network, tasks);
  }
  for (let at = 0; at < tasks.length && at < BUDGET; at++) tasks[at]?.();
  // `persist`: a BIRD that ends leaves in its own kernel what it had written
  const left = silent.size > 0 ? bgpRoutes(plan) : undefined;
  return new Map(
    [...machines].map(([name, { kernel }]) => [name, (silent.has(name) && left?.get(name)) || kernel.routes]),
  );
}

/** Both directions of every session that both sides have configured alike and that packets pass for. */
export function* sessionsOf(
  plan: BgpPlan,
  network: Network,
): Generator<readonly [from: BgpSpeaker, to: BgpSpeaker, peer: BgpPeer, back: BgpPeer]> {
  const speakers = new Map(plan.speakers.map((speaker) => [speaker.name, speaker]));
  for (const from of plan.speakers) {
    for (const peer of from.peers) {
      const to = speakers.get(network.ownerOf(peer.neighbor) ?? '');
      const back = to?.peers.find(({ neighbor }) => neighbor === peer.localAddress);
      if (!to || !back || back.localAddress !== peer.neighbor) continue;
      const agree = back.localAs === peer.neighborAs && back.neighborAs === peer.localAs;
      if (!agree || (peer.passive && back.passive)) continue;
      if (!isReachable(network, from, peer) || !isReachable(network, to, back)) continue;
      yield [from, to, peer, back];
    }
  }
}

function isReachable(network: Network, speaker: BgpSpeaker, { neighbor, multihop }: BgpPeer): boolean {
  const onSubnet = multihop || network.interfaceTowards(speaker.name, neighbor) !== undefined;
  return onSubnet && network.passes(speaker.name, neighbor);
}

function machineOf(speaker: BgpSpeaker, network: Network, tasks: (() => void)[]): Machine {
  const table = new Table({ schedule: (task) => tasks.push(task) });
  const sources = new RouteSources();
  const kernel = new KernelTable(speaker, network, () => undefined);
  const protocol = new KernelProtocol(speaker, kernel);
  if (speaker.peers.length > 0 || speaker.blocks.length > 0) {
    table.channels.push(protocol);
    enterStaticRoutes(speaker, table, sources, 0);
    for (const { name } of speaker.interfaces)
      enterDirectRoutes(speaker, name, network.isUp(speaker.name, name), { table, sources, now: 0 });
    protocol.scan(table, sources, 0);
  }
  return { speaker, table, sources, kernel };
}

/** One direction of a session: what `here` says, `there` hears. */
function connect(
  here: Machine,
  peer: BgpPeer,
  there: Machine,
  back: BgpPeer,
  network: Network,
  tasks: (() => void)[],
): void {
  const sender = protocolOf(peer, there.speaker.routerId, here.speaker.name, network);
  const receiver: RoutingSession = {
    peer: back,
    protocol: protocolOf(back, here.speaker.routerId, there.speaker.name, network),
    routerId: there.speaker.routerId,
    deviceTowards: (address) => network.interfaceTowards(there.speaker.name, address)?.name,
  };
  const addPath = peer.addPaths && back.addPaths;
  const tell = (prefix: IpPrefix, pathId: number, attributes: BgpAttributes | undefined): void => {
    const source = there.sources.of(receiver.protocol, pathId);
    const wanted = attributes && (!back.imports || matchesAny(back.imports, prefix)) ? attributes : undefined;
    const context = { prefix, source, session: receiver, table: there.table, now: 0 };
    there.table.update(source, prefix, wanted && importRoute(wanted, context));
  };
  const channel: Channel = {
    active: true,
    mode: addPath ? 'any' : 'optimal',
    exported: new Set(),
    accepts: (route: TableRoute) => mayExport(route, sender, peer),
    notify: (destination, route, old) => {
      const pathId = addPath ? ((route ?? old)?.source.id ?? 0) : 0;
      const attributes = route && exportedAttributes(route, sender, peer);
      tasks.push(() => tell(destination, pathId, attributes));
    },
  };
  here.table.channels.push(channel);
  here.table.feed(channel);
}

function protocolOf(peer: BgpPeer, neighborId: IpAddress, speaker: string, network: Network): RouteProtocol {
  return {
    name: peer.name,
    type: 'bgp',
    preference: PREFERENCE.bgp,
    bgp: {
      internal: peer.localAs === peer.neighborAs,
      localAs: peer.localAs,
      neighbor: peer.neighbor,
      neighborId,
      clusterId: peer.reflectorClient?.clusterId,
      device: peer.multihop ? undefined : network.interfaceTowards(speaker, peer.neighbor)?.name,
    },
  };
}
