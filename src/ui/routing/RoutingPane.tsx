import { useApp } from '../session.ts';
import { BgpPane } from './BgpPane.tsx';
import { LeasesPane } from './LeasesPane.tsx';
import './routing.css';

/** The control plane of the network: what its agents tell each other, and what comes of it in the kernels' tables. */
export function RoutingPane() {
  const speaksBgp = useApp((state) => state.cluster.view?.bgp);
  const hasLeases = useApp((state) => state.cluster.view?.leases);
  return (
    <div className="routing">
      {speaksBgp && <BgpPane />}
      {hasLeases && <LeasesPane />}
      {!speaksBgp && !hasLeases && <p className="table-state">Nothing is told from node to node in this network.</p>}
    </div>
  );
}
