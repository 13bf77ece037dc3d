import { Dialog } from 'radix-ui';
import { useId, useMemo, useRef } from 'react';
import { stagedOn } from '../../lessons/surprises/stagedOn.ts';
import type { Surprise } from '../../lessons/surprises/surprise.ts';
import { SURPRISES } from '../../lessons/surprises/surprises.ts';
import { PROXY_NAMES } from '../../store/proxyNames.ts';
import { Icon } from '../controls/icons.tsx';
import { useApp } from '../session.ts';
import { proofWords } from './proofWords.ts';
import { focusStrip } from './SurpriseStrip.tsx';
import { useDemonstration, useShown } from './useDemonstration.ts';
import '../dialogs/dialogs.css';
import './surprises.css';

const GROUPS = [...new Set(SURPRISES.map(({ group }) => group))];

/** The list of all surprises; showing one makes room for the stage. */
export function Surprises({ onClose }: { readonly onClose: () => void }) {
  const demonstration = useDemonstration();
  const content = useRef<HTMLDivElement>(null);
  const shows = useRef(false);
  const show = (surprise: Surprise): void => {
    shows.current = true;
    void demonstration.show(surprise);
    onClose();
  };
  return (
    <Dialog.Root open onOpenChange={(isOpen) => !isOpen && onClose()}>
      <Dialog.Portal>
        <Dialog.Overlay className="overlay" />
        <Dialog.Content
          className="drawer surprises"
          data-side="left"
          ref={content}
          onOpenAutoFocus={(event) => {
            const current = content.current?.querySelector<HTMLElement>('[aria-current="true"] button');
            if (!current) return;
            event.preventDefault();
            current.focus();
          }}
          onCloseAutoFocus={(event) => {
            event.preventDefault();
            if (shows.current) focusStrip();
            else document.getElementById('open-surprises')?.focus();
          }}
        >
          <div className="dialog-head">
            <Dialog.Title className="dialog-title">Surprises</Dialog.Title>
            <Dialog.Close className="control" aria-label="Close">
              <Icon name="close" />
            </Dialog.Close>
          </div>
          <div className="drawer-body surprises-body">
            <Dialog.Description className="surprises-lead">
              What Linux does otherwise than one is told, shown on this cluster with commands and a request that you
              could type yourself. Nothing is scripted: where it does not happen, no proof is found.
            </Dialog.Description>
            {GROUPS.map((group) => (
              <section key={group} className="surprises-group" aria-label={group}>
                <h2>{group}</h2>
                <ol>
                  {SURPRISES.map((surprise, i) =>
                    surprise.group === group ? (
                      <SurpriseItem
                        key={surprise.id}
                        surprise={surprise}
                        number={i + 1}
                        onShow={() => show(surprise)}
                      />
                    ) : undefined,
                  )}
                </ol>
              </section>
            ))}
          </div>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

interface SurpriseItemProps {
  readonly surprise: Surprise;
  readonly number: number;
  readonly onShow: () => void;
}

function SurpriseItem({ surprise, number, onShow }: SurpriseItemProps) {
  const id = useId();
  const demonstration = useDemonstration();
  const view = useApp((state) => state.cluster.view);
  const staging = useMemo(() => view && stagedOn(surprise, view), [surprise, view]);
  const current = useShown((state) => (state.surprise === surprise ? state : undefined));
  const missing = staging && 'missing' in staging ? staging.missing : undefined;
  const commands = staging && 'commands' in staging ? staging.commands : [];
  const told = staging && 'commands' in staging ? (staging.proxyMode ?? 'iptables') : undefined;
  const mode = told === view?.proxyMode ? undefined : told;
  return (
    <li className="surprise" value={number} aria-labelledby={id} aria-current={current ? 'true' : undefined}>
      <h3 id={id}>
        <span className="surprise-number" aria-hidden="true">
          {number}
        </span>
        {surprise.title}
      </h3>
      <p className="surprise-saying">
        <b>Textbooks say:</b> {surprise.saying}
      </p>
      <p>
        <b>What happens:</b> {surprise.truth}
      </p>
      {(mode !== undefined || commands.length > 0) && (
        <ul className="surprise-commands mono" aria-label="Run first">
          {mode !== undefined && (
            <li>
              <span>kube-proxy:</span> {PROXY_NAMES[mode]} mode
            </li>
          )}
          {commands.map(({ netns, line }) => (
            <li key={`${netns} ${line}`}>
              <span>{netns}:</span> {line}
            </li>
          ))}
        </ul>
      )}
      {current && current.status !== 'none' && <p className="surprise-proof">{proofWords(current)}</p>}
      {missing === undefined ? (
        <div className="surprise-buttons">
          <button
            type="button"
            className="button small primary"
            aria-label={`Show it: ${surprise.title}`}
            disabled={!view}
            onClick={onShow}
          >
            Show it
          </button>
          {current && (current.edits.length > 0 || current.flipped) && (
            <button type="button" className="button small" onClick={() => void demonstration.putBack()}>
              Put it back
            </button>
          )}
        </div>
      ) : (
        <p className="surprise-missing">This cluster cannot show it: it takes {missing}.</p>
      )}
    </li>
  );
}
