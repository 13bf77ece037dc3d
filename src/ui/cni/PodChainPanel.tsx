import { type ReactNode, useEffect, useRef, useState } from 'react';
import type { PodChain } from '../../datamodel/cluster/podChain.ts';
import { MomentDetail } from './MomentDetail.tsx';
import { type Moment, momentsOf } from './moments.ts';
import { NetworkListEditor } from './NetworkListEditor.tsx';
import { usePodChain } from './usePodChain.ts';
import './chain.css';

interface PodChainPanelProps {
  readonly namespace: string;
  readonly name: string;
  readonly onBack: () => void;
}

/** How a Pod gets its network: the sandbox and every plugin in order, to be gone through one by one, and the list they are in. */
export function PodChainPanel({ namespace, name, onBack }: PodChainPanelProps) {
  const [list, setList] = useState<string | undefined>(undefined);
  /** What stands in the editor; undefined: the file as it is. */
  const [draft, setDraft] = useState<string | undefined>(undefined);
  const [release, setRelease] = useState('1.1.1');
  const answer = usePodChain({ namespace, name, release, ...(list !== undefined && { list }) });
  const back = useRef<HTMLButtonElement>(null);
  useEffect(() => back.current?.focus(), []);
  return (
    <div className="chain" data-own-keys>
      <div className="chain-tools">
        <button ref={back} type="button" className="button small" onClick={onBack}>
          ← Objects
        </button>
        <h3>
          Creation of{' '}
          <span className="mono">
            {namespace}/{name}
          </span>
        </h3>
        <label>
          Plugins{' '}
          <select className="select" value={release} onChange={(event) => setRelease(event.target.value)}>
            <option value="1.1.1">1.1.1, flannel 1.2.0</option>
            <option value="1.9.1">1.9.1, flannel 1.9.1</option>
          </select>
        </label>
      </div>
      {answer === undefined ? (
        <p className="table-state">Calling the plugins…</p>
      ) : answer.ok ? (
        <Course
          chain={answer.value}
          editor={
            <NetworkListEditor
              chain={answer.value}
              draft={draft}
              tried={list !== undefined}
              onEdit={setDraft}
              onTry={setList}
              onRestore={() => {
                setDraft(undefined);
                setList(undefined);
              }}
            />
          }
        />
      ) : (
        <p className="table-state">{answer.error}</p>
      )}
    </div>
  );
}

function Course({ chain, editor }: { readonly chain: PodChain; readonly editor: ReactNode }) {
  const moments = momentsOf(chain);
  const [place, setPlace] = useState(0);
  const current = Math.min(place, moments.length - 1);
  const moment = moments[current];
  const go = (next: number): void => setPlace(Math.max(0, Math.min(moments.length - 1, next)));
  return (
    <div className="chain-body">
      <section className="chain-course" aria-label="Calls">
        <div className="chain-steps">
          <button type="button" className="button small" disabled={current === 0} onClick={() => go(current - 1)}>
            Back
          </button>
          <button
            type="button"
            className="button small primary"
            disabled={current === moments.length - 1}
            onClick={() => go(current + 1)}
          >
            Next
          </button>
          <span className="chain-count" role="status">
            {current + 1} of {moments.length}: {moment?.title}
          </span>
        </div>
        <ol>
          {moments.map((each) => (
            <li key={each.id} style={{ paddingInlineStart: `${each.depth * 16}px` }}>
              <button
                type="button"
                className="chain-moment"
                aria-current={each.id === current ? 'step' : undefined}
                data-future={each.id > current || undefined}
                data-failed={hasFailed(each) || undefined}
                onClick={() => setPlace(each.id)}
              >
                {each.title}
                {hasFailed(each) && ' (failed)'}
              </button>
            </li>
          ))}
        </ol>
      </section>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: whoever has no mouse must be able to scroll it */}
      <section className="chain-detail" aria-label={moment?.title} tabIndex={0}>
        {moment && <MomentDetail moment={moment} chain={chain} editor={editor} />}
      </section>
    </div>
  );
}

function hasFailed(moment: Moment): boolean {
  if (moment.type === 'call') return moment.call.exitCode !== 0;
  return moment.type === 'outcome' && moment.operation.error !== undefined;
}
