import { Dialog } from 'radix-ui';
import { useEffect, useRef, useState } from 'react';
import type { EditView } from '../../datamodel/cluster/view.ts';
import { Icon } from '../controls/icons.tsx';
import { useApp, useSession } from '../session.ts';
import { agentName, agentsOf, placeName } from './agents.ts';
import { useEdits } from './useEdits.ts';
import '../dialogs/dialogs.css';
import './changes.css';

/** How many command lines have changed the cluster; opens their list. Gone while there are none. */
export function Changes() {
  const edits = useEdits();
  const [isOpen, setOpen] = useState(false);
  if (edits.length === 0 && !isOpen) return null;
  return (
    <Dialog.Root open={isOpen} onOpenChange={setOpen} modal={false}>
      <Dialog.Trigger className="button changes-button" aria-label={`Changes: ${edits.length}`}>
        <span className="changes-word">Changes · </span>
        <svg className="changes-pencil" width="13" height="13" viewBox="0 0 10 10" aria-hidden="true" focusable="false">
          <path d="M1 9l.6-2.6L7 1l2 2-5.4 5.4z" fill="currentColor" />
        </svg>
        {edits.length}
      </Dialog.Trigger>
      <Dialog.Portal>
        <Dialog.Content
          className="dialog changes"
          data-own-keys
          aria-describedby={undefined}
          onCloseAutoFocus={(event) => {
            if (edits.length > 0) return;
            // the button goes with the last change: the tables are where people go on
            event.preventDefault();
            document.querySelector<HTMLElement>('.tab[aria-selected="true"]')?.focus();
          }}
        >
          <div className="dialog-head">
            <Dialog.Title className="dialog-title">Changes by your commands</Dialog.Title>
            <Dialog.Close className="control" aria-label="Close">
              <Icon name="close" />
            </Dialog.Close>
          </div>
          <ChangesList edits={edits} />
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function ChangesList({ edits }: { readonly edits: readonly EditView[] }) {
  const session = useSession();
  const rebuilding = useApp((state) => state.cluster.rebuilding);
  const [said, setSaid] = useState('');
  const list = useRef<HTMLDivElement>(null);
  const agents = agentsOf(edits);

  // biome-ignore lint/correctness/useExhaustiveDependencies: what had the focus may be gone with its change
  useEffect(() => {
    if (document.activeElement === document.body) list.current?.focus();
  }, [edits]);

  /** Says what has gone, what rested on it included. */
  const take = async (what: string, meant: number, take: () => Promise<void>): Promise<void> => {
    const before = edits.length;
    await take();
    const after = session.store.getState().cluster.view?.edits?.length ?? 0;
    const more = before - after - meant;
    setSaid(more > 0 ? `${what} ${more} more rested on it and went with it.` : what);
  };

  return (
    <div className="changes-list" ref={list} tabIndex={-1}>
      {edits.length === 0 && <p>Nothing is changed: every table is as the agents wrote it.</p>}
      <ol aria-label="Command lines that changed something">
        {edits.map(({ id, netns, line }) => (
          <li key={id}>
            <span className="changes-what">
              <b>{placeName(netns)}</b>
              <code className="mono">{line}</code>
            </span>
            <button
              type="button"
              className="button small"
              disabled={rebuilding}
              aria-label={`Undo ${line} on ${placeName(netns)}`}
              onClick={() => void take(`Undone: ${line}.`, 1, () => session.undo(id))}
            >
              Undo
            </button>
          </li>
        ))}
      </ol>
      {edits.length > 0 && (
        <div className="changes-tools">
          <button
            type="button"
            className="button small primary"
            disabled={rebuilding}
            onClick={() => void take('All changes are undone.', edits.length, () => session.undo('all'))}
          >
            Undo all
          </button>
        </div>
      )}
      {agents.length > 0 && (
        <>
          <h2>Let an agent write its entries again</h2>
          <ul className="changes-agents" aria-label="Agents whose entries were changed">
            {agents.map(({ netns, owner }) => {
              const name = `Let ${agentName(owner)} reconcile ${placeName(netns)}`;
              return (
                <li key={name}>
                  <button
                    type="button"
                    className="button small"
                    disabled={rebuilding}
                    onClick={() =>
                      void take(
                        `${agentName(owner)} has written its entries on ${placeName(netns)} again.`,
                        edits.length,
                        () => session.reconcile(netns, owner),
                      )
                    }
                  >
                    {name}
                  </button>
                </li>
              );
            })}
          </ul>
        </>
      )}
      <p role="status" className="changes-said">
        {said}
      </p>
    </div>
  );
}
