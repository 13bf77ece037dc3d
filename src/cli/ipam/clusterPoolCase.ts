import { ClusterPool } from '../../sim/kubernetes/allocation/clusterPool.ts';
import { formatPrefix, networkOf } from '../../wire/address.ts';
import type { CaseFields } from './caseFields.ts';
import type { Operation } from './operation.ts';

/** Longer than any prefix: the pool itself says which length is too long. */
const MAX_LENGTH = 255;

/** Plays a case of Cilium's cluster-pool; the lists and mask sizes are named as in the operator's configuration. */
export function clusterPoolCase(input: CaseFields): Operation {
  const created = ClusterPool.create({
    ipv4Cidrs: input.prefixes('clusterPoolIPv4PodCIDRList'),
    ipv4NodeLength: input.count('clusterPoolIPv4MaskSize', MAX_LENGTH, 24),
    ipv6Cidrs: input.prefixes('clusterPoolIPv6PodCIDRList'),
    ipv6NodeLength: input.count('clusterPoolIPv6MaskSize', MAX_LENGTH, 120),
  });
  if (!created.ok) return () => ({ error: created.error });
  const pool = created.value;
  return (op, fields) => {
    switch (op) {
      case 'allocateNode': {
        const cidrs = pool.allocate(fields.text('node'));
        return cidrs.ok ? { podCIDRs: cidrs.value.map(formatPrefix) } : { error: cidrs.error };
      }
      case 'occupyNode': {
        const node = fields.text('node');
        const error = pool.occupy(node, fields.prefixes('podCIDRs').map(networkOf));
        return error === undefined ? { ok: true, podCIDRs: (pool.cidrsOf(node) ?? []).map(formatPrefix) } : { error };
      }
      case 'releaseNode':
        pool.release(fields.text('node'));
        return { ok: true };
      default:
        return undefined;
    }
  };
}
