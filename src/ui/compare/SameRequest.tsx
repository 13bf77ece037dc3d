import { useState } from 'react';
import type { TrafficKind } from '../../datamodel/flow/flow.ts';
import { useApp } from '../session.ts';
import { ComparedRequest } from './ComparedRequest.tsx';
import { type Choice, choiceName, firstChoices } from './modes.ts';
import { SideChoice } from './SideChoice.tsx';
import { useComparison } from './useComparison.ts';

const KIND_NAMES: Readonly<Record<TrafficKind, string>> = {
  ping: 'ping',
  udp: 'UDP',
  tcp: 'TCP',
  http: 'HTTP',
  sctp: 'SCTP',
};

/** The composer's request under two choices, each packet beside its twin. */
export function SameRequest() {
  const draft = useApp((state) => state.composer.draft);
  const view = useApp((state) => state.cluster.view);
  const [choices, setChoices] = useState<readonly [Choice, Choice]>(() =>
    firstChoices(view?.proxyMode ?? 'iptables', view?.cni ?? 'flannel-vxlan'),
  );
  const [a, b] = choices;
  const state = useComparison(choices);
  return (
    <>
      <div className="compare-asked">
        <p className="compare-flow">
          <b>
            {draft.from} → {draft.to}
          </b>{' '}
          {KIND_NAMES[draft.as]}
        </p>
        <SideChoice side="A" choice={a} onChange={(choice) => setChoices([choice, b])} />
        <SideChoice side="B" choice={b} onChange={(choice) => setChoices([a, choice])} />
        <button type="button" className="button" onClick={() => setChoices([b, a])}>
          Swap
        </button>
      </div>
      <p className="compare-status" role="status" data-status={state.status}>
        {state.status === 'asking' && 'Sending it under both…'}
        {state.status === 'failed' && `Nothing to compare: ${state.problem}`}
        {state.status === 'ready' && `A: ${choiceName(a)}. B: ${choiceName(b)}. What differs is marked ≠.`}
      </p>
      {state.status === 'ready' && <ComparedRequest comparison={state.comparison} />}
    </>
  );
}
