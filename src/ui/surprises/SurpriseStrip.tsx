import { SURPRISES } from '../../lessons/surprises/surprises.ts';
import { useSession } from '../session.ts';
import { proofWords } from './proofWords.ts';
import { revealProof } from './revealProof.ts';
import { useDemonstration, useShown } from './useDemonstration.ts';
import './surprises.css';

const STRIP = 'surprise-strip';

/** Where the keyboard goes when the list has made room; the strip may be about to appear. */
export function focusStrip(): void {
  document.getElementById(STRIP)?.focus();
}

/** What is being shown, above the stage it is shown on. */
export function SurpriseStrip({ onAll }: { readonly onAll: () => void }) {
  const session = useSession();
  const demonstration = useDemonstration();
  const state = useShown((each) => each);
  const { surprise, proof, edits, flipped, status } = state;
  if (!surprise) return undefined;
  const index = SURPRISES.indexOf(surprise);
  const go = (by: 1 | -1): void => {
    const next = SURPRISES.at((index + by) % SURPRISES.length);
    if (next) void demonstration.show(next);
  };
  const end = (): void => {
    void demonstration.putBack();
    document.getElementById('open-surprises')?.focus();
  };
  const show = (): void => {
    if (!proof) return;
    demonstration.toProof();
    revealProof(session, proof);
  };
  return (
    <section className="surprise-strip" id={STRIP} aria-label="Surprise" tabIndex={-1} aria-busy={status === 'staging'}>
      <div className="surprise-strip-head">
        <h2>
          <span className="surprise-number" title={`${index + 1} of ${SURPRISES.length}`}>
            {index + 1}
          </span>
          {surprise.title}
        </h2>
        <div className="surprise-buttons">
          <button type="button" className="button small" aria-label="Previous surprise" onClick={() => go(-1)}>
            ‹
          </button>
          <button type="button" className="button small" aria-label="Next surprise" onClick={() => go(1)}>
            ›
          </button>
          <button type="button" className="button small" aria-haspopup="dialog" onClick={onAll}>
            All
          </button>
          <button type="button" className="button small" onClick={end}>
            {edits.length > 0 || flipped ? 'Put it back' : 'Done'}
          </button>
        </div>
      </div>
      <div className="surprise-strip-texts">
        <p className="surprise-saying">
          <b>Textbooks say:</b> {surprise.saying}
        </p>
        <p>
          <b>What happens:</b> {surprise.truth}
        </p>
      </div>
      <div className="surprise-strip-proof" data-status={status}>
        <p aria-live="polite">{proofWords(state)}</p>
        {proof && (
          <button type="button" className="button small" onClick={show}>
            {proof.show.type === 'line' ? 'The line that proves it' : 'The frame that proves it'}
          </button>
        )}
        {(status === 'replaced' || status === 'otherwise') && (
          <button type="button" className="button small" onClick={() => void demonstration.show(surprise)}>
            Show it again
          </button>
        )}
      </div>
    </section>
  );
}
