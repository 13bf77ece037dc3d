import { useState } from 'react';
import { LeaseEntryTable } from './LeaseEntryTable.tsx';
import { LeaseTable } from './LeaseTable.tsx';
import { useLeases } from './useLeases.ts';

/** flannel's leases: what every node's flanneld tells of itself, and what the others have written from it. */
export function LeasesPane() {
  const [chosen, setChosen] = useState<string | undefined>(undefined);
  const { leases, problem } = useLeases(chosen);
  return (
    <section className="leases" aria-label="flannel's leases">
      {problem !== undefined && <p role="alert">The leases cannot be told: {problem}</p>}
      {leases === undefined && problem === undefined && <p className="routing-note">Asking for the leases…</p>}
      {leases && (
        <div className="routing-body">
          <section className="routing-part" aria-label="What is told">
            <h3>Leases, as flanneld annotates its Node</h3>
            <LeaseTable leases={leases.leases} followed={leases.followed?.lease.node} onFollow={setChosen} />
            {leases.without.length > 0 && (
              <p className="routing-note">
                No podCIDR, so no lease: {leases.without.slice(0, 20).join(', ')}
                {leases.without.length > 20 && ` and ${leases.without.length - 20} more`}.
              </p>
            )}
          </section>
          <section className="routing-part" aria-label="What others write from it">
            {leases.followed ? (
              <LeaseEntryTable {...leases.followed} />
            ) : (
              <p className="routing-note">No node has a lease.</p>
            )}
          </section>
        </div>
      )}
    </section>
  );
}
