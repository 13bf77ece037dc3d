import { useState } from 'react';
import type { TrafficKind } from '../../datamodel/flow/flow.ts';
import { useApp } from '../session.ts';
import { ComparedRequest } from './ComparedRequest.tsx';
import { type Choice, choiceName, choiceOf, firstChoices, type Sides } from './modes.ts';
import { SideChoice } from './SideChoice.tsx';
import { useComparison } from './useComparison.ts';

const KIND_NAMES: Readonly<Record<TrafficKind, string>> = {
  ping: 'ping',
  udp: 'UDP',
  tcp: 'TCP',
  http: 'HTTP',
  sctp: 'SCTP',
};

const UNKNOWN: Choice = { proxyMode: 'iptables', cni: 'flannel-vxlan', underlay: 'l2', podMtu: 'auto' };

/** The composer's request under two choices, each packet beside its twin. */
export function SameRequest({ sides }: { readonly sides: Sides | undefined }) {
  const draft = useApp((state) => state.composer.draft);
  const view = useApp((state) => state.cluster.view);
  const [choices, setChoices] = useState<readonly [Choice, Choice]>(() => {
    if (sides) return [choiceOf(sides[0]), choiceOf(sides[1])];
    return firstChoices(view ? choiceOf(view) : UNKNOWN);
  });
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
