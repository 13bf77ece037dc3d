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

/** Two lines for each node, the second with its backend's data; the node's name follows its lease. */
export function LeaseTable({ leases, followed, onFollow }: LeaseTableProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways must be reached by keyboard
    <section className="lease-scroll" aria-label="Leases" tabIndex={0}>
      <table className="routing-table lease-table">
        <caption className="visually-hidden">flannel's leases</caption>
        <thead>
          <tr>
            <th scope="col" rowSpan={2}>
              Node
            </th>
            <th scope="col">Subnet</th>
            <th scope="col">public-ip</th>
            <th scope="col">backend-type</th>
          </tr>
          <tr>
            <th scope="colgroup" colSpan={3}>
              backend-data
            </th>
          </tr>
        </thead>
        {leases.slice(0, MOST).map(({ node, subnet, publicIp, backendType, backendData }) => (
          <tbody key={node}>
            <tr className="lease-first">
              <th scope="rowgroup" rowSpan={2}>
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
            </tr>
            <tr>
              <td className="mono" colSpan={3}>
                {backendData}
              </td>
            </tr>
          </tbody>
        ))}
      </table>
      {leases.length > MOST && <p className="routing-note">and {leases.length - MOST} more</p>}
    </section>
  );
}
