import { err, ok, type Result } from '../base/result.ts';
import type { Operation } from '../datamodel/cluster/operation.ts';
import type { NetnsId } from '../datamodel/network/netnsId.ts';
import type { Cluster } from './cluster.ts';
import type { Configuration } from './configuration.ts';
import type { Found } from './course.ts';
import type { LearnedChange } from './linux/change.ts';
import type { Operate } from './operate.ts';

/** Whatever is done to objects and proxies: files are the nodes'. */
type ClusterOperation = Exclude<Operation, { readonly type: 'writeFile' }>;

/** What an operation on objects or proxies makes of a cluster, and of what its kernels have learned. */
export interface Operated {
  readonly configuration: Configuration;
  readonly learned: ReadonlyMap<NetnsId, LearnedChange>;
}

/** Does an operation to what is found at a moment. @returns why it cannot be done, where it cannot. */
export function operated(found: Found, operation: ClusterOperation, operate: Operate): Result<Operated, string> {
  const { cluster, edits } = found.configuration;
  const changed = clusterAfter(cluster, operation, operate, found.time);
  if (!changed.ok) return changed;
  const next = changed.value.synced(cluster, found);
  const learned = new Map<NetnsId, LearnedChange>();
  for (const id of next.proxiedNodes) {
    const before = found.learned(id);
    const conntrack = next.withoutStale(before.conntrack);
    if (conntrack !== before.conntrack) learned.set(id, { before, after: { ...before, conntrack } });
  }
  const settled = edits.settled((id) => next.netns(id));
  return ok({ configuration: found.configuration.on(next).with(settled), learned });
}

function clusterAfter(
  cluster: Cluster,
  operation: ClusterOperation,
  operate: Operate,
  time: number,
): Result<Cluster, string> {
  if (operation.type === 'stopProxy' || operation.type === 'startProxy') {
    if (!cluster.hasNode(operation.node)) return err(`nodes "${operation.node}" not found`);
    return ok(cluster.withProxy(operation.node, operation.type === 'startProxy'));
  }
  if (operation.type === 'cleanUpProxy') return ok(cluster.withoutLeftovers());
  const prepared = operate(cluster.base, operation, cluster.settings.seed, time);
  return prepared.ok ? ok(cluster.withObjects(prepared.value)) : prepared;
}
