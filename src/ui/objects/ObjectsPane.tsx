import { lazy, Suspense, useMemo, useState } from 'react';
import type { ClusterView, PodView } from '../../datamodel/cluster/view.ts';
import { useApp, useSession } from '../session.ts';

import { NodeRow } from './NodeRow.tsx';
import { PodRow } from './PodRow.tsx';
import { ownedPods, type PodGroup } from './podGroups.ts';
import { ReplicaStepper } from './ReplicaStepper.tsx';
import './objects.css';

const PodChainPanel = lazy(() =>
  import('../cni/PodChainPanel.tsx').then(({ PodChainPanel }) => ({ default: PodChainPanel })),
);

/** More rows at once are of no use to anybody; the filter finds the rest. */
const MOST_PODS = 100;

/** What runs, and what can be done to it while packets are under way: scaling, failing probes, deleting, stopping kube-proxy. */
export function ObjectsPane() {
  const session = useSession();
  const view = useApp((state) => state.cluster.view);
  const [filter, setFilter] = useState('');
  const groups = useMemo(() => (view ? ownedPods(view, filter) : []), [view, filter]);
  const [chain, setChain] = useState<PodView | undefined>(undefined);
  if (!view) return <p className="table-state">There is no cluster yet.</p>;
  if (chain) {
    return (
      <Suspense fallback={<p className="table-state">Opening the calls…</p>}>
        <PodChainPanel namespace={chain.namespace} name={chain.name} onBack={() => setChain(undefined)} />
      </Suspense>
    );
  }
  return (
    <div className="objects">
      <div className="objects-tools">
        <input
          className="input"
          type="search"
          placeholder="Filter objects"
          aria-label="Filter objects"
          value={filter}
          onChange={(event) => setFilter(event.target.value)}
        />
        <button
          type="button"
          id="open-addresses"
          className="control"
          onClick={() => session.select({ addresses: true })}
        >
          Addresses
        </button>
        <span className="objects-note">
          Changes meet what is under way: rules change, connections keep their entries.
        </span>
      </div>
      <div className="objects-body">
        <section className="objects-list" aria-label="Workloads and Pods">
          {groups.length === 0 && <p className="empty">No Pod or workload has that in its name.</p>}
          {groups.map((group) => (
            <Group key={group.key} group={group} onChain={setChain} />
          ))}
        </section>
        <Proxies nodes={view.nodes} />
      </div>
    </div>
  );
}

function Group({ group, onChain }: { readonly group: PodGroup; readonly onChain: (pod: PodView) => void }) {
  const { title, namespace, workload, pods } = group;
  const shown = pods.slice(0, MOST_PODS);
  const ready = pods.filter((pod) => pod.ready).length;
  return (
    <div className="objects-group">
      <div className="objects-head">
        <h3>
          <span className="mono">{title}</span> <small>{namespace}</small>
        </h3>
        <span className="objects-count">
          {ready} of {pods.length} ready
        </span>
        {workload && <ReplicaStepper workload={workload} />}
      </div>
      <ul>
        {shown.map((pod) => (
          <PodRow key={pod.name} pod={pod} onChain={onChain} />
        ))}
      </ul>
      {pods.length > shown.length && <p className="empty">and {pods.length - shown.length} more</p>}
    </div>
  );
}

function Proxies({ nodes }: { readonly nodes: ClusterView['nodes'] }) {
  return (
    <section className="objects-list" aria-label="kube-proxy on each node">
      <div className="objects-group">
        <div className="objects-head">
          <h3>kube-proxy</h3>
          <span className="objects-count">stopped, its rules stay and go stale</span>
        </div>
        <ul>
          {nodes.map((node) => (
            <NodeRow key={node.netns} node={node} />
          ))}
        </ul>
      </div>
    </section>
  );
}
