import type { Command, Moment } from '../datamodel/cluster/command.ts';
import type { ClusterView } from '../datamodel/cluster/view.ts';
import { CNI_NAMES } from './cniNames.ts';
import { PROXY_NAMES } from './proxyNames.ts';

/** Commands that change tables of the cluster that is there. */
export type Change = Extract<Command, { readonly at?: Moment }> | Extract<Command, { readonly type: 'wait' }>;

/** What was changed last, and what the cluster looked like before. */
export interface LastChange {
  /** `kube-proxy: iptables → nftables`, or the command line. */
  readonly what: string;
  readonly before: ClusterView;
}

/** @returns undefined when nothing is different, so that what was changed before is still the last. */
export function lastChange(
  change: Change,
  before: ClusterView | undefined,
  after: ClusterView,
): LastChange | undefined {
  if (before === undefined || before.revision === after.revision || change.type === 'wait') return undefined;
  return { what: wordsOf(change, before, after), before };
}

function wordsOf(change: Exclude<Change, { readonly type: 'wait' }>, before: ClusterView, after: ClusterView): string {
  switch (change.type) {
    case 'configure':
      if (change.inPlace)
        return `CNI in place: ${CNI_NAMES[before.cni]} → ${CNI_NAMES[after.cni]}${change.inPlace.node ? `, on ${change.inPlace.node} alone` : ''}`;
      return before.proxyMode === after.proxyMode
        ? 'other settings of kube-proxy'
        : `kube-proxy: ${PROXY_NAMES[before.proxyMode]} → ${PROXY_NAMES[after.proxyMode]}`;
    case 'exec':
      return change.line;
    case 'cut':
      return after.edits?.at(-1)?.line ?? change.does.kind;
    case 'undo':
      return 'a change was taken back';
    case 'reconcile':
      return `${change.owner} wrote its entries again`;
    case 'operate':
      return operationWords(change.operation);
  }
}

function operationWords(operation: Extract<Change, { readonly type: 'operate' }>['operation']): string {
  switch (operation.type) {
    case 'scale':
      return `${operation.workload} scaled to ${operation.replicas}`;
    case 'terminatePod':
      return `${operation.name} terminates`;
    case 'deletePod':
      return `${operation.name} deleted`;
    case 'setReady':
      return `${operation.name} ${operation.ready ? 'ready' : 'not ready'}`;
    case 'stopProxy':
      return `kube-proxy stopped on ${operation.node}`;
    case 'startProxy':
      return `kube-proxy started on ${operation.node}`;
    case 'writeFile':
      return `${operation.name} ${operation.text === null ? 'deleted' : 'written'} on ${operation.nodes.length === 1 ? operation.nodes[0] : `${operation.nodes.length} nodes`}`;
    case 'cleanUpProxy':
      return 'kube-proxy --cleanup';
  }
}
