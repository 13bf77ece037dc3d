import type { PodView } from '../../datamodel/cluster/view.ts';
import { MiddleCut } from '../controls/MiddleCut.tsx';
import { useSession } from '../session.ts';

/** A Pod with what can be done to it. */
export function PodRow({ pod, onChain }: { readonly pod: PodView; readonly onChain: (pod: PodView) => void }) {
  const session = useSession();
  const { namespace, name, ready, terminating, phase } = pod;
  const runs = phase === 'Running' && !terminating;
  return (
    <li className="object-row">
      <span className="object-name mono">
        <MiddleCut text={name} />
      </span>
      <span className="object-place mono">
        {pod.node ?? 'no node'} {pod.address ?? ''}
      </span>
      <span className="object-state" data-state={stateOf(pod)}>
        {stateOf(pod)}
      </span>
      <span className="object-actions">
        <button
          type="button"
          className="button small quiet"
          disabled={pod.hostNetwork || pod.node === undefined}
          aria-label={`How ${name} gets its network`}
          onClick={() => onChain(pod)}
        >
          Creation
        </button>
        <button
          type="button"
          className="button small quiet"
          disabled={!runs}
          aria-label={`${ready ? 'Fail the readiness probe' : 'Let the readiness probe succeed'} of ${name}`}
          onClick={() => void session.operate({ type: 'setReady', namespace, name, ready: !ready })}
        >
          {ready ? 'Fail probe' : 'Pass probe'}
        </button>
        <button
          type="button"
          className="button small quiet"
          aria-label={`${terminating ? 'End the grace period' : 'Delete'} of ${name}`}
          onClick={() => void session.operate({ type: terminating ? 'deletePod' : 'terminatePod', namespace, name })}
        >
          {terminating ? 'End grace period' : 'Delete'}
        </button>
      </span>
    </li>
  );
}

function stateOf({ phase, ready, terminating }: PodView): string {
  if (terminating) return 'Terminating';
  if (phase === 'Running') return ready ? 'Ready' : 'Not ready';
  return phase;
}
