import type { Lease } from '../../datamodel/cluster/lease.ts';
import { formatPrefix } from '../../wire/address.ts';

/** More lines are of no use to anybody. */
const MOST = 200;

export interface LeaseTableProps {
  readonly leases: readonly Lease[];
  /** Whose lease is followed into the other nodes. */
  readonly followed: string | undefined;
  readonly onFollow: (node: string) => void;
}

/** A line for each node; its name follows its lease. */
export function LeaseTable({ leases, followed, onFollow }: LeaseTableProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways must be reached by keyboard
    <section className="lease-scroll" aria-label="Leases" tabIndex={0}>
      <table className="routing-table lease-table">
        <caption className="visually-hidden">flannel's leases</caption>
        <thead>
          <tr>
            <th scope="col">Node</th>
            <th scope="col">Subnet</th>
            <th scope="col">public-ip</th>
            <th scope="col">backend-type</th>
            <th scope="col">backend-data</th>
          </tr>
        </thead>
        <tbody>
          {leases.slice(0, MOST).map(({ node, subnet, publicIp, backendType, backendData }) => (
            <tr key={node} data-followed={node === followed}>
              <th scope="row">
                <button
                  type="button"
                  className="lease-link mono"
                  aria-pressed={node === followed}
                  title={`What others write from the lease of ${node}`}
                  onClick={() => onFollow(node)}
                >
                  {node}
                </button>
              </th>
              <td className="mono">{formatPrefix(subnet)}</td>
              <td className="mono">{publicIp}</td>
              <td>{backendType}</td>
              <td className="mono">{backendData}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {leases.length > MOST && <p className="routing-note">and {leases.length - MOST} more</p>}
    </section>
  );
}
