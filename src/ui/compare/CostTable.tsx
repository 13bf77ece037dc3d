import type { Effort, ServiceCost } from '../../datamodel/cluster/serviceCost.ts';
import { effortWords } from '../../scene/compare/station.ts';
import { PROXY_NAMES } from '../../store/proxyNames.ts';
import { MODES } from './modes.ts';

/** What both charts show, in figures. */
export function CostTable({ costs }: { readonly costs: readonly ServiceCost[] }) {
  const rows = costs.toSorted(
    (a, b) => a.services - b.services || MODES.indexOf(a.proxyMode) - MODES.indexOf(b.proxyMode),
  );
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways must be reached by keyboard
    <section className="cost-table" aria-label="The figures" tabIndex={0}>
      <table className="compare-table">
        <caption className="visually-hidden">What so many Services cost one node, by kube-proxy's mode</caption>
        <thead>
          <tr>
            <th scope="col">Services</th>
            <th scope="col">Mode</th>
            <th scope="col">New connection to the last Service</th>
            <th scope="col">To the median one</th>
            <th scope="col">Entries a sync writes</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((cost) => (
            <tr key={`${cost.services} ${cost.proxyMode}`}>
              <th scope="row">{cost.services.toLocaleString('en-US')}</th>
              <td>{PROXY_NAMES[cost.proxyMode]}</td>
              <td>{inWords(cost.last)}</td>
              <td>{inWords(cost.median)}</td>
              <td>{cost.entries.toLocaleString('en-US')}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function inWords(effort: Effort): string {
  return effortWords(effort) ?? 'none';
}
