import type { FollowedLease } from '../../datamodel/cluster/lease.ts';
import { printLeaseEntries } from '../../print/leaseEntries.ts';
import { formatPrefix } from '../../wire/address.ts';
import { TOOL_NAMES } from '../dock/toolOf.ts';
import { useShowEntry } from './useShowEntry.ts';

/** What the other nodes' tables hold of a lease, line by line; each leads to its place. */
export function LeaseEntryTable({ lease, written, unread }: FollowedLease) {
  const show = useShowEntry();
  return (
    <>
      <h3>
        What others wrote from the lease of <span className="mono">{lease.node}</span>
      </h3>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways must be reached by keyboard */}
      <section className="lease-scroll" aria-label={`Written from the lease of ${lease.node}`} tabIndex={0}>
        <table className="routing-table lease-table">
          <caption className="visually-hidden">
            Entries that flanneld wrote from the lease of {lease.node}, {formatPrefix(lease.subnet)}
          </caption>
          <thead>
            <tr>
              <th scope="col">On</th>
              <th scope="col">Where</th>
              <th scope="col">What flanneld wrote</th>
            </tr>
          </thead>
          {written.map((entries) => {
            const lines = printLeaseEntries(entries).map((line) => ({ ...line, shown: show(line.place) }));
            return (
              <tbody key={entries.node}>
                {lines.length === 0 && (
                  <tr>
                    <th scope="row" className="mono">
                      {entries.node}
                    </th>
                    <td />
                    <td className="lease-none">nothing</td>
                  </tr>
                )}
                {lines.map(({ text, shown }, index) => (
                  <tr key={text}>
                    <th scope="row" className="mono" data-again={index > 0}>
                      {entries.node}
                    </th>
                    <td>{shown ? TOOL_NAMES[shown.tool] : 'wg'}</td>
                    <td className="mono">
                      {shown ? (
                        <button
                          type="button"
                          className="lease-link mono"
                          title={`Show it in ${TOOL_NAMES[shown.tool]} on ${entries.node}`}
                          onClick={shown.open}
                        >
                          {text}
                        </button>
                      ) : (
                        text
                      )}
                    </td>
                  </tr>
                ))}
              </tbody>
            );
          })}
        </table>
      </section>
      {unread > 0 && <p className="routing-note">and {unread.toLocaleString('en-US')} more nodes</p>}
    </>
  );
}
