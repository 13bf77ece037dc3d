import type { Node } from '../../../../datamodel/kubernetes/node.ts';
import { formatPrefix, type IpAddress, networkOf } from '../../../../wire/address.ts';
import { nodeAddress } from '../../ipam/podAddresses.ts';

/** Labels that say where a machine stands, the narrower first. */
const PLACES = ['topology.kubernetes.io/rack', 'rack', 'topology.kubernetes.io/zone'];
const USUAL_LENGTH = 24;
const HALVES = 2;

/**
 * Which nodes stand together: those with addresses of one /24 where there are several such subnets of more than one node each
 * or fewer than nodes; else those with the same rack or zone; else the first half of them and the rest.
 *
 * @returns the number of each node's group, in order of their first nodes.
 */
export function groupNodes(nodes: readonly Node[], most: number): ReadonlyMap<string, number> {
  const bySubnet = numbered(nodes, (node) => subnetOf(nodeAddress(node)));
  if (isTelling(bySubnet, nodes.length, most)) return bySubnet;
  for (const label of PLACES) {
    const byLabel = numbered(nodes, (node) => node.metadata.labels.get(label) ?? '');
    if (isTelling(byLabel, nodes.length, most)) return byLabel;
  }
  const half = Math.ceil(nodes.length / HALVES);
  return new Map(nodes.map((node, i) => [node.metadata.name, i < half ? 0 : 1]));
}

/** Everybody alone or all together says nothing about who stands with whom; two nodes alone are two groups. */
function isTelling(groups: ReadonlyMap<string, number>, nodes: number, most: number): boolean {
  const count = new Set(groups.values()).size;
  return count > 1 && count <= most && (count < nodes || nodes === HALVES);
}

function numbered(nodes: readonly Node[], keyOf: (node: Node) => string): ReadonlyMap<string, number> {
  const numbers = new Map<string, number>();
  return new Map(
    nodes.map((node) => {
      const key = keyOf(node);
      const number = numbers.get(key) ?? numbers.size;
      numbers.set(key, number);
      return [node.metadata.name, number];
    }),
  );
}

/** The /24 that an address lies in. */
export function subnetOf(address: IpAddress | undefined): string {
  return address === undefined ? '' : formatPrefix(networkOf({ address, length: USUAL_LENGTH }));
}
