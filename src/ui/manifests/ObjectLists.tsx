import type { ManifestProblem } from '../../datamodel/cluster/problem.ts';
import { useApp } from '../session.ts';

const MOST = 200;

/** What was wrong with the last attempt, and what of the manifests in force has no part in the network. */
export function ObjectLists({
  problems,
  onShow,
}: {
  readonly problems: readonly ManifestProblem[];
  readonly onShow: (problem: ManifestProblem) => void;
}) {
  const ignored = useApp((state) => state.cluster.view?.ignored);
  const warnings = useApp((state) => state.cluster.view?.warnings);
  return (
    <div className="object-lists">
      {problems.length > 0 && (
        <section aria-label="Problems" role="alert">
          <h2>Problems</h2>
          <ul>
            {problems.slice(0, MOST).map((problem) => (
              <li key={`${problem.source} ${problem.line} ${problem.column} ${problem.field} ${problem.message}`}>
                <button type="button" className="problem" onClick={() => onShow(problem)}>
                  <span className="mono">
                    {problem.source}
                    {problem.line !== undefined && `:${problem.line}`}
                  </span>{' '}
                  {problem.object !== undefined && <b>{problem.object} </b>}
                  {problem.field !== undefined && <span className="mono">{problem.field}: </span>}
                  {problem.message}
                </button>
              </li>
            ))}
          </ul>
          {problems.length > MOST && <p>and {problems.length - MOST} more</p>}
        </section>
      )}
      {warnings && warnings.length > 0 && (
        <section aria-label="Worth knowing">
          <h2>Worth knowing</h2>
          <ul>
            {warnings.slice(0, MOST).map((warning) => (
              <li key={warning}>{warning}</li>
            ))}
          </ul>
        </section>
      )}
      <section aria-label="Ignored objects">
        <h2>Ignored{ignored && ignored.length > 0 && ` · ${ignored.length}`}</h2>
        {ignored && ignored.length > 0 ? (
          <ul>
            {ignored.slice(0, MOST).map((object) => (
              <li key={`${object.source} ${object.line} ${object.kind} ${object.name}`} title={object.reason}>
                <b>{object.kind}</b>{' '}
                <span className="mono">
                  {object.namespace === undefined ? '' : `${object.namespace}/`}
                  {object.name}
                </span>
              </li>
            ))}
          </ul>
        ) : (
          <p>Every object has its part in the network.</p>
        )}
      </section>
    </div>
  );
}
