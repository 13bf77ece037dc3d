import type { Flip } from '../../store/appState.ts';
import { choiceOf } from '../compare/modes.ts';
import { Icon } from '../controls/icons.tsx';
import { useSession } from '../session.ts';
import { flipText, flipTitle } from './flipWords.ts';
import { useFlipFigures } from './useFlipFigures.ts';
import './flip.css';

export interface FlipStripProps {
  readonly flip: Flip;
  /** Opens the comparison of both clusters. */
  readonly onCompare: () => void;
  /** Opens what else could be done: the same without a rebuild. */
  readonly onInPlace: () => void;
}

/** What the last choice of a CNI or an underlay did, above the stage that it was done to. */
export function FlipStrip({ flip, onCompare, onInPlace }: FlipStripProps) {
  const session = useSession();
  const state = useFlipFigures(flip);
  const { before, after, inPlace } = flip;
  return (
    <section className="flip-strip" aria-label="What the flip changed">
      <div className="flip-head">
        <h2>{flipTitle(flip)}</h2>
        <div className="flip-buttons">
          {!inPlace && (
            <>
              <button type="button" className="button small" onClick={() => void session.configure(choiceOf(before))}>
                Undo
              </button>
              <button type="button" className="button small" onClick={onCompare}>
                Compare both
              </button>
            </>
          )}
          {(before.cni !== after.cni || inPlace) && (
            <button type="button" className="button small" aria-haspopup="dialog" onClick={onInPlace}>
              {inPlace ? 'Go on in place…' : 'In place anyway…'}
            </button>
          )}
          {inPlace && (
            <button type="button" className="button small" onClick={() => void session.configure({ cni: after.cni })}>
              Make it clean
            </button>
          )}
          <button
            type="button"
            className="control"
            aria-label="Close what the flip changed"
            onClick={() => {
              session.setFlip(undefined);
              document.getElementById('header-cni')?.focus();
            }}
          >
            <Icon name="close" />
          </button>
        </div>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
      <section className="flip-texts" aria-label="In words" tabIndex={0}>
        <p>{flipText(flip)}</p>
        {after.warnings.length > 0 && <p className="flip-warning">{after.warnings.join(' ')}</p>}
      </section>
      {state.status === 'ready' ? (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways must be reached by keyboard
        <section className="flip-figures" aria-label="The last request, before and after" tabIndex={0}>
          <dl>
            {state.figures.map(({ name, a, b, differs }) => (
              <div key={name} data-differs={differs}>
                <dt>{name}</dt>
                <dd>{differs ? `${a} → ${b}` : `${a}`}</dd>
              </div>
            ))}
          </dl>
        </section>
      ) : (
        <p className="flip-figures" role="status">
          {state.status === 'asking'
            ? 'Sending the last request over both clusters…'
            : `Nothing to compare: ${state.problem}`}
        </p>
      )}
    </section>
  );
}
