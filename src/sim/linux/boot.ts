import type { Netns } from '../../datamodel/network/netns.ts';
import type { RuntimeTables } from '../../datamodel/network/runtime.ts';
import { Ipv4View } from '../../wire/ipv4.ts';
import { indexFdb } from './bridge/fdb.ts';
import { receive } from './device/receive.ts';
import { transmit } from './device/transmit.ts';
import { nextIpId } from './ip/identification.ts';
import { ipReceive } from './ip/input.ts';
import { ipLocalOut, ipOutput } from './ip/output.ts';
import { learnPathMtu, routeMtu } from './ip/pathMtu.ts';
import { routeOutput } from './ip/routeOutput.ts';
import type { Kernel, Stack, World } from './kernel.ts';
import { lateParts } from './lateParts.ts';
import { arpReceive } from './neighbor/arpReceive.ts';
import { neighborOutput } from './neighbor/output.ts';
import { indexNeighbors, neighborMac } from './neighbor/table.ts';
import { restoreConnections } from './netfilter/connectionTable.ts';
import { runHook } from './netfilter/hooks.ts';
import { prepareNetns } from './preparedNetns.ts';
import { bootSockets } from './program/bootSockets.ts';
import { transportReceive } from './socket/deliver.ts';
import { tunnelReceive } from './tunnel/receive.ts';

/** The one place where the stack's parts are tied together. */
const STACK: Stack = {
  transmit,
  receive,
  ipReceive,
  ipLocalOut,
  ipOutput,
  neighborOutput,
  neighborMac,
  arpReceive,
  icmpSend: (...call) => lateParts().icmpSend(...call),
  runHook,
  defragment: (kernel, skb, user) =>
    new Ipv4View(skb.bytes, skb.networkOffset).isFragment ? lateParts().defragment(kernel, skb, user) : skb,
  routeOutput,
  routeMtu,
  learnPathMtu,
  nextIpId,
  tunnelReceive,
  transportReceive,
};

/**
 * Starts a namespace's kernel on its configuration and on what it had learned before.
 *
 * @param netns with the kernel's own routes already in it.
 */
export function bootKernel(world: World, netns: Netns, learned: RuntimeTables): Kernel {
  const { links, uplinks, fib } = prepareNetns(netns);
  const recent = new Map<string, Map<RuntimeTables['recent'][number]['address'], number>>();
  for (const { list, address, seen } of learned.recent) {
    const entries = recent.get(list) ?? new Map();
    recent.set(list, entries.set(address, seen));
  }
  const kernel: Kernel = {
    id: netns.id,
    world,
    stack: STACK,
    config: netns,
    links,
    uplinks,
    fib,
    neighbors: indexNeighbors([...learned.neighbors, ...netns.neighbors]),
    fdb: indexFdb([...learned.fdb, ...netns.fdb]),
    connections: new Map(),
    recent,
    ipvs:
      learned.ipvs || learned.scheduling
        ? lateParts().restoreIpvs(learned)
        : { connections: new Map(), scheduling: new Map() },
    ebpf: new Map((learned.ebpf ?? []).map((entry) => [entry.id, entry])),
    wireguard: new Map((learned.wireguard ?? []).map((entry) => [entry.id, entry])),
    fragments: new Map(),
    pathMtus: new Map(learned.pathMtus.map((exception) => [exception.destination, exception])),
    ipIds: new Map(),
    sockets: bootSockets(netns.listeners, () => kernel),
  };
  restoreConnections(kernel, learned.conntrack);
  return kernel;
}
