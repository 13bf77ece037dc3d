import type { Node, Taint } from '../../datamodel/kubernetes/node.ts';

/** What the node lifecycle controller puts on a node that is not ready (TaintNodesByCondition): the scheduler keeps away. */
const NOT_READY: Taint = { key: 'node.kubernetes.io/not-ready', value: '', effect: 'NoSchedule' };

/** A node whose runtime has found no network configuration: `NetworkReady=false reason:NetworkPluginNotReady`. */
export function withoutNetwork(node: Node): Node {
  const others = node.taints.filter(({ key, effect }) => key !== NOT_READY.key || effect !== NOT_READY.effect);
  return { ...node, ready: false, taints: [...others, NOT_READY] };
}
