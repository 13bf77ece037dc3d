import type { CalicoBgpPeer } from '../../../../datamodel/bgp/site.ts';
import type { CalicoConfig, CalicoPeer } from '../../../../datamodel/kubernetes/networkConfig.ts';
import { parseSelector, type Selector } from '../../ipam/calico/selector.ts';
import type { NetworkBgp } from '../provider.ts';
import type { Reachable } from './blocks.ts';

/** What confd tells every node's BIRD: the pools that are routed, and which of their addresses lie behind it. */
export function calicoBgp(config: CalicoConfig, reachable: readonly Reachable[]): NetworkBgp {
  const routed = config.pools.filter(({ vxlan, disableBgpExport }) => vxlan === 'Never' && !disableBgpExport);
  return {
    config: {
      as: config.asNumber,
      mesh: config.mesh,
      peers: config.peers.flatMap((peer) => calicoPeer(peer, config.asNumber) ?? []),
      pools: routed.map(({ cidr }) => cidr),
    },
    announcedBy: (node) => {
      const own = reachable.filter((each) => each.node === node && routed.includes(each.pool));
      return {
        blocks: own.filter(({ isBlock }) => isBlock).map(({ prefix }) => prefix),
        borrowed: own
          .filter(({ isBlock }) => !isBlock)
          .flatMap(({ prefix: destination }) => {
            const pod = node.pods.find(({ address }) => address === destination.address);
            return pod ? [{ destination, device: pod.hostVeth }] : [];
          }),
      };
    },
  };
}

/** undefined: it names nobody. A peer without an AS of its own is of the cluster's. */
function calicoPeer(peer: CalicoPeer, as: number): CalicoBgpPeer | undefined {
  const { node, nodeSelector, peerIp, peerSelector, asNumber } = peer;
  const whose = {
    ...(node !== undefined && { node }),
    ...(nodeSelector !== undefined && { nodeSelector: selectorOf(nodeSelector) }),
  };
  if (peerSelector !== undefined) return { ...whose, peer: { selector: selectorOf(peerSelector) } };
  return peerIp && { ...whose, peer: { address: peerIp, as: asNumber ?? as } };
}

/** One that cannot be read selects nobody. */
function selectorOf(text: string): Selector {
  const selector = parseSelector(text);
  return selector.ok ? selector.value : () => false;
}
