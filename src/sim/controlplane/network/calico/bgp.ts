import type { CalicoConfig } from '../../../../datamodel/kubernetes/networkConfig.ts';
import type { NetworkBgp } from '../provider.ts';
import type { Reachable } from './blocks.ts';

/** AS number of clusters that name none (BGPConfiguration). */
const DEFAULT_AS = 64512;

/** What confd tells every node's BIRD: the pools that are routed, and which of their addresses lie behind it. */
export function calicoBgp(config: CalicoConfig, reachable: readonly Reachable[]): NetworkBgp {
  const routed = config.pools.filter(({ vxlan, disableBgpExport }) => vxlan === 'Never' && !disableBgpExport);
  return {
    config: { as: DEFAULT_AS, mesh: config.mesh, peers: [], pools: routed.map(({ cidr }) => cidr) },
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
