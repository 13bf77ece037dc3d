import { toBase64 } from '../../../../base/base64.ts';
import { chance } from '../../../../base/chance.ts';
import type { NodePlan } from '../../nodePlan.ts';
import type { FlannelLease } from './lease.ts';

/** A node's public key: the one that it is known to have, or the one that it drew. */
export function nodeKey(node: NodePlan, { publicKey }: FlannelLease, seed: number): string {
  return publicKey ?? drawnKey(seed, node.node.metadata.name);
}

/** The public key that goes with a private one that a node has drawn. */
function drawnKey(seed: number, node: string): string {
  const bytes = new Uint8Array(32);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < 8; i++) view.setUint32(4 * i, chance(seed, 'wireguard key', node, i));
  return toBase64(bytes);
}
