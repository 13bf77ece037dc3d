import type { VirtualServer } from '../../../datamodel/network/ipvs.ts';
import type { Match } from '../../../datamodel/network/netfilter.ts';
import type { IpAddress } from '../../../wire/address.ts';
import {
  conntrackState,
  DROP,
  destinationAddress,
  destinationPort,
  jump,
  masquerade,
  protocol,
  source,
} from '../netfilter/match.ts';
import { ChainWriter, makeRule, type TableChanges } from '../netfilter/tableChanges.ts';
import type { NetnsParts } from '../netnsParts.ts';
import type { BalancedPort, LoadBalancerPlan } from './loadBalancerPlan.ts';

const OWNER = 'load-balancer';
const PORTS = 'BALANCE';

/**
 * What makes a host a load balancer. Of ipMode Proxy it translates both ends: what comes to one of its ports goes to a healthy
 * node's node port, by chance, and looks as if it came from the balancer, which therefore gets the answers. Of ipMode VIP it
 * hands packets to the nodes' MACs in turn, and they answer the clients themselves.
 *
 * @param isDirector whether it is on one segment with all nodes; from behind a router no MAC of a node can be reached, and it
 * translates both ends whatever the mode.
 */
export function loadBalancer(address: IpAddress, { listeners }: LoadBalancerPlan, isDirector: boolean): NetnsParts {
  const direct = listeners.filter(({ ipMode }) => ipMode === 'VIP' && isDirector);
  const proxied = listeners.filter((listener) => !direct.includes(listener));
  const idle = direct.filter(({ nodes }) => nodes.length === 0);
  return {
    tables: [
      ...(proxied.length + idle.length > 0 ? [filterTable(address, [...proxied, ...idle])] : []),
      ...(proxied.length > 0 ? [natTable(address, proxied)] : []),
    ],
    ...(direct.length > 0 && { virtualServers: direct.map((listener) => virtualServer(address, listener)) }),
    sysctls: {
      'net.ipv4.ip_forward': '1',
      // Clients on its own subnet are not to be told of a shorter way: it would lead round the translation.
      'net.ipv4.conf.all.send_redirects': '0',
      'net.ipv4.conf.eth0.send_redirects': '0',
    },
  };
}

/** `ipvsadm -A … -s rr`, and `-a … -g` for every node. */
function virtualServer(address: IpAddress, { protocol, port, nodes }: BalancedPort): VirtualServer {
  const id = `${protocol} ${address}:${port}`;
  return {
    id,
    owner: OWNER,
    protocol,
    address,
    port,
    scheduler: 'rr',
    realServers: nodes.map((node) => ({
      id: `${id} -> ${node}:${port}`,
      address: node,
      port,
      weight: 1,
      direct: true,
    })),
  };
}

function natTable(address: IpAddress, listeners: readonly BalancedPort[]): TableChanges {
  const writer = new ChainWriter(OWNER, 'nat');
  writer.declare(PORTS);
  for (const listener of listeners) {
    const sources = listener.sourceRanges.length > 0 ? listener.sourceRanges.map((range) => [source(range)]) : [[]];
    for (const from of sources) writeNodes(writer, from, address, listener);
  }
  const translated = makeRule(OWNER, 'nat', 'POSTROUTING', [conntrackState('DNAT')], masquerade(true));
  return {
    table: 'nat',
    chains: writer.chains(),
    jumps: [
      { hook: 'PREROUTING', place: 'append', rule: makeRule(OWNER, 'nat', 'PREROUTING', [], jump(PORTS)) },
      { hook: 'POSTROUTING', place: 'append', rule: translated },
    ],
  };
}

/** Every node with the same chance: the last takes what the others' coins have left. */
function writeNodes(writer: ChainWriter, from: readonly Match[], address: IpAddress, listener: BalancedPort): void {
  const { nodes, nodePort } = listener;
  if (nodePort === undefined) return;
  nodes.forEach((node, i) => {
    const left = nodes.length - i;
    const coin: readonly Match[] = left > 1 ? [{ type: 'statistic', probability: 1 / left }] : [];
    const ports = { from: nodePort, to: nodePort };
    const matches = [...from, ...toPort(address, listener), ...coin];
    writer.add(PORTS, matches, { type: 'DNAT', address: node, ports });
  });
}

/** Whoever may not come, and whoever finds no healthy node, is not answered. */
function filterTable(address: IpAddress, listeners: readonly BalancedPort[]): TableChanges {
  const writer = new ChainWriter(OWNER, 'filter');
  writer.declare(PORTS);
  for (const listener of listeners) writer.add(PORTS, toPort(address, listener), DROP);
  return {
    table: 'filter',
    chains: writer.chains(),
    jumps: [{ hook: 'INPUT', place: 'append', rule: makeRule(OWNER, 'filter', 'INPUT', [], jump(PORTS)) }],
  };
}

function toPort(address: IpAddress, { protocol: name, port }: BalancedPort): readonly Match[] {
  return [destinationAddress(address), protocol(name), destinationPort(name, port)];
}
