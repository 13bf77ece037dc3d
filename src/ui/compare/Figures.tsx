import type { Figure } from '../../scene/compare/figures.ts';

/** The summary, a card a figure: what is equal is said once. */
export function Figures({ figures }: { readonly figures: readonly Figure[] }) {
  return (
    <dl className="compare-figures" aria-label="Summary">
      {figures.map(({ name, a, b, differs }) => (
        <div key={name} className="compare-figure" data-differs={differs}>
          <dt>
            {name}
            {differs && <span className="compare-mark">≠ differs</span>}
          </dt>
          {differs ? (
            <>
              <dd data-side="A">
                <span className="compare-side">A</span> {a}
              </dd>
              <dd data-side="B">
                <span className="compare-side">B</span> {b}
              </dd>
            </>
          ) : (
            <dd>{a}</dd>
          )}
        </div>
      ))}
    </dl>
  );
}
