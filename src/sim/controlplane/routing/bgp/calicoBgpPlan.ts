import {
  BGP_PEER_DEFAULTS,
  type BgpKernelOptions,
  type BgpPeer,
  type BgpPlan,
  type BgpPrefixPattern,
  type BgpSpeaker,
} from '../../../../datamodel/bgp/plan.ts';
import type { BgpSite, BgpSiteNode, BgpSiteRouter, CalicoBgp } from '../../../../datamodel/bgp/site.ts';
import { compareAddresses, type IpAddress, prefixContains } from '../../../../wire/address.ts';

/** As confd's bird.cfg has it for all peers. */
const TIMES = { connectDelayTime: 2, connectRetryTime: 5, errorWaitTime: [5, 30] } as const;
/** Seconds between the starts of two machines' BIRDs, so that not everybody does everything in the same microsecond. */
const STAGGER = 0.013;

/**
 * Who peers with whom as calico-node's confd writes it (bird.cfg.template): the full mesh among nodes that reflect no
 * routes, then BGPPeers of all nodes and of single ones; and what routers must have been told to answer to it.
 *
 * @param kernel how BIRD writes routes: Calico's is of the 1.6 series, without a metric.
 */
export function calicoBgpPlan(site: BgpSite, config: CalicoBgp, kernel: BgpKernelOptions): BgpPlan {
  const nodePeers = new Map(site.nodes.map((node) => [node, peersOf(node, site, config)]));
  const exports = config.pools.map((prefix): BgpPrefixPattern => ({ prefix, from: prefix.length, to: 32 }));
  const speakers = site.nodes.map((node, i): BgpSpeaker => {
    const peers = nodePeers.get(node) ?? [];
    return {
      name: node.name,
      routerId: node.address,
      forwards: false,
      interfaces: node.interfaces,
      alien: node.routes,
      blocks: node.blocks,
      kernel,
      peers,
      startsAt: STAGGER * i,
    };
  });
  const nodesOf = (router: BgpSiteRouter) =>
    site.nodes.flatMap((node) => (nodePeers.get(node) ?? []).filter(({ neighbor }) => hasAddress(router, neighbor)));
  const routers = site.routers.map((router, i): BgpSpeaker => {
    const answered = nodesOf(router).map((peer): BgpPeer => answerTo(peer, router, exports));
    return {
      name: router.name,
      routerId: firstAddress(router),
      forwards: true,
      interfaces: router.interfaces,
      alien: router.routes,
      blocks: [],
      kernel: { metric: 32, mergePaths: true, blackholes: false },
      peers: router.as === undefined ? [] : [...fabricPeers(router, router.as, site, exports), ...answered],
      startsAt: STAGGER * i,
    };
  });
  return { speakers: [...speakers, ...routers], links: site.links };
}

function peersOf(node: BgpSiteNode, site: BgpSite, config: CalicoBgp): readonly BgpPeer[] {
  const own = node.as ?? config.as;
  const exports = config.pools.map((prefix): BgpPrefixPattern => ({ prefix, from: prefix.length, to: 32 }));
  const common = {
    ...BGP_PEER_DEFAULTS,
    ...TIMES,
    localAddress: node.address,
    localAs: own,
    multihop: true,
    gracefulRestart: 'on',
    addPaths: true,
    exports,
  } as const;
  const peers = new Map<IpAddress, BgpPeer>();
  const add = (kind: string, neighbor: IpAddress, neighborAs: number, more: Partial<BgpPeer> = {}): void => {
    if (neighbor === node.address || peers.has(neighbor)) return;
    const name = `${kind}_${neighbor.replace(/[.:]/g, '_')}`;
    peers.set(neighbor, { ...common, name, neighbor, neighborAs, ...more });
  };
  const addNode = (kind: string, other: BgpSiteNode): void => {
    const passive = compareAddresses(node.address, other.address) < 0;
    const reflects = node.clusterId !== undefined && node.clusterId !== other.clusterId;
    add(kind, other.address, other.as ?? config.as, {
      passive,
      ...(reflects && node.clusterId && { reflectorClient: { clusterId: node.clusterId } }),
    });
  };
  if (config.mesh && node.clusterId === undefined) {
    for (const other of site.nodes) if (other.clusterId === undefined) addNode('Mesh', other);
  }
  for (const each of config.peers) {
    const kind = each.node === undefined && !each.nodeSelector ? 'Global' : 'Node';
    if (each.node !== undefined && each.node !== node.name) continue;
    if (each.nodeSelector && !each.nodeSelector(node.labels)) continue;
    if ('address' in each.peer) add(kind, each.peer.address, each.peer.as);
    else for (const other of site.nodes) if (each.peer.selector(other.labels)) addNode(kind, other);
  }
  // A reflector's clients name it; it has to answer to them as well.
  for (const other of site.nodes) if (isNamedBy(other, node, config)) addNode('Node', other);
  return [...peers.values()];
}

/** Whether a node peers with another by a BGPPeer that selects that other one. */
function isNamedBy(node: BgpSiteNode, other: BgpSiteNode, { peers }: CalicoBgp): boolean {
  return peers.some(
    ({ node: name, nodeSelector, peer }) =>
      'selector' in peer &&
      peer.selector(other.labels) &&
      (name === undefined || name === node.name) &&
      (!nodeSelector || nodeSelector(node.labels)),
  );
}

/** A router's side of a session that a node wants. */
function answerTo(peer: BgpPeer, router: BgpSiteRouter, exports: readonly BgpPrefixPattern[]): BgpPeer {
  const direct = onSubnetOf(router, peer.localAddress) !== undefined;
  return {
    ...BGP_PEER_DEFAULTS,
    ...TIMES,
    name: `node_${peer.localAddress.replaceAll('.', '_')}`,
    neighbor: peer.localAddress,
    neighborAs: peer.localAs,
    localAddress: peer.neighbor,
    localAs: router.as ?? 0,
    multihop: !direct,
    nextHopSelf: direct,
    exports,
  };
}

/** Sessions with the routers at the other ends of its cables. */
function fabricPeers(
  router: BgpSiteRouter,
  as: number,
  { routers }: BgpSite,
  exports: readonly BgpPrefixPattern[],
): readonly BgpPeer[] {
  return routers.flatMap((other) =>
    other === router || other.as === undefined
      ? []
      : addressesOf(other).flatMap((neighbor): readonly BgpPeer[] => {
          const localAddress = onSubnetOf(router, neighbor);
          if (localAddress === undefined || other.as === undefined) return [];
          const common = { ...BGP_PEER_DEFAULTS, ...TIMES, holdTime: 9, keepaliveTime: 3, nextHopSelf: true, exports };
          return [{ ...common, name: other.name, neighbor, neighborAs: other.as, localAddress, localAs: as }];
        }),
  );
}

function addressesOf({ interfaces }: Pick<BgpSiteRouter, 'interfaces'>): readonly IpAddress[] {
  return interfaces.flatMap(({ addresses }) => addresses.map(({ address }) => address));
}

function hasAddress(router: BgpSiteRouter, address: IpAddress): boolean {
  return addressesOf(router).includes(address);
}

/** The router's own address on the subnet of another's. */
function onSubnetOf({ interfaces }: BgpSiteRouter, address: IpAddress): IpAddress | undefined {
  const own = interfaces
    .flatMap(({ addresses }) => addresses)
    .find((prefix) => prefix.length < 32 && prefix.address !== address && prefixContains(prefix, address));
  return own?.address;
}

function firstAddress(router: BgpSiteRouter): IpAddress {
  return [...addressesOf(router)].sort(compareAddresses)[0] ?? ('0.0.0.0' as IpAddress);
}
