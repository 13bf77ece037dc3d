import { Dialog } from 'radix-ui';
import { lazy, Suspense, useState } from 'react';
import { Icon } from '../controls/icons.tsx';
import { Segmented } from '../controls/Segmented.tsx';
import type { Sides } from './modes.ts';
import { SameRequest } from './SameRequest.tsx';
import '../dialogs/dialogs.css';
import './compare.css';

const Cost = lazy(() => import('./Cost.tsx').then(({ Cost }) => ({ default: Cost })));

type View = 'request' | 'cost';

const VIEWS: readonly { readonly value: View; readonly label: string }[] = [
  { value: 'request', label: 'Same request' },
  { value: 'cost', label: 'Cost' },
];

export interface CompareProps {
  /** What to begin with; undefined: with the cluster as it is, under two modes of kube-proxy. */
  readonly sides?: Sides | undefined;
  readonly onClose: () => void;
}

/** The whole page, given to two clusters side by side: what one request does in each, and what Services cost in every mode. */
export function Compare({ sides, onClose }: CompareProps) {
  const [view, setView] = useState<View>('request');
  return (
    <Dialog.Root open onOpenChange={(isOpen) => !isOpen && onClose()}>
      <Dialog.Portal>
        <Dialog.Content
          className="compare"
          aria-describedby={undefined}
          onCloseAutoFocus={(event) => {
            event.preventDefault();
            document.getElementById('open-compare')?.focus();
          }}
        >
          <div className="compare-head">
            <Dialog.Title className="dialog-title">Compare</Dialog.Title>
            <Segmented label="View" quiet value={view} options={VIEWS} onChange={setView} />
            <Dialog.Close className="control" aria-label="Close">
              <Icon name="close" />
            </Dialog.Close>
          </div>
          <div className="compare-body">
            {view === 'request' ? (
              <SameRequest sides={sides} />
            ) : (
              <Suspense fallback={<p role="status">Loading the chart…</p>}>
                <Cost />
              </Suspense>
            )}
          </div>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
