import type { CalicoConfig, CalicoPeer } from '../../../../datamodel/kubernetes/networkConfig.ts';
import { parseSelector } from '../../ipam/calico/selector.ts';
import type { NodePlan } from '../../nodePlan.ts';

const CLUSTER_ID = 'projectcalico.org/RouteReflectorClusterID';

/** Whether a node is told of another's blocks. */
export type Learns = (node: NodePlan, other: NodePlan) => boolean;

/**
 * Who tells whom, once all sessions among nodes are up (confd's bird.cfg): the mesh of all that reflect no routes, and BGPPeers
 * that are nodes. What a session within one AS has brought goes on by a reflector alone; the next hop stays who announced it.
 * Routers outside have no part in it.
 */
export function bgpLearning(nodes: readonly NodePlan[], { mesh, peers }: CalicoConfig): Learns {
  const sessions = new Map<NodePlan, Set<NodePlan>>(nodes.map((node) => [node, new Set()]));
  const peer = (a: NodePlan, b: NodePlan): void => {
    if (a === b) return;
    sessions.get(a)?.add(b);
    sessions.get(b)?.add(a);
  };
  if (mesh && !nodes.some(reflects) && peers.length === 0) return () => true;
  for (const a of nodes) for (const b of nodes) if (mesh && !reflects(a) && !reflects(b)) peer(a, b);
  for (const each of peers) {
    for (const a of nodes.filter((node) => isPeering(each, node))) {
      for (const b of nodes.filter((node) => isPeer(each, node))) peer(a, b);
    }
  }
  const reached = new Map(nodes.map((node) => [node, told(node, sessions)]));
  return (node, other) => reached.get(other)?.has(node) === true;
}

/** Everybody who hears of what a node announces: its peers, and behind reflectors among them theirs. */
function told(announcer: NodePlan, sessions: ReadonlyMap<NodePlan, ReadonlySet<NodePlan>>): ReadonlySet<NodePlan> {
  const heard = new Set<NodePlan>([announcer]);
  const telling = [announcer];
  for (let teller = telling.pop(); teller !== undefined; teller = telling.pop()) {
    for (const listener of sessions.get(teller) ?? []) {
      if (heard.has(listener)) continue;
      heard.add(listener);
      if (reflects(listener)) telling.push(listener);
    }
  }
  return heard;
}

function reflects({ node }: NodePlan): boolean {
  return Boolean(node.metadata.annotations.get(CLUSTER_ID));
}

function isPeering({ node: name, nodeSelector }: CalicoPeer, { node }: NodePlan): boolean {
  if (name !== undefined) return name === node.metadata.name;
  return nodeSelector === undefined || selects(nodeSelector, node);
}

function isPeer({ peerSelector, peerIp }: CalicoPeer, { node, address }: NodePlan): boolean {
  return peerSelector === undefined ? peerIp === address : selects(peerSelector, node);
}

function selects(text: string, node: NodePlan['node']): boolean {
  const selector = parseSelector(text);
  return selector.ok && selector.value(node.metadata.labels);
}
