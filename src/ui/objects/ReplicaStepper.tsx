import { useEffect, useState } from 'react';
import type { Workload } from '../../datamodel/kubernetes/workload.ts';
import { useSession } from '../session.ts';

/** `kubectl scale`: one more, one less, or a number that is typed. */
export function ReplicaStepper({ workload }: { readonly workload: Workload }) {
  const session = useSession();
  const { namespace, kind, name, replicas } = workload;
  const [typed, setTyped] = useState(String(replicas));
  useEffect(() => setTyped(String(replicas)), [replicas]);
  const scale = (to: number): void => {
    if (to !== replicas) void session.operate({ type: 'scale', namespace, workload: `${kind}/${name}`, replicas: to });
  };
  const commit = (): void => {
    if (/^\d{1,4}$/.test(typed.trim())) scale(Number(typed));
    else setTyped(String(replicas));
  };
  return (
    <fieldset className="stepper" aria-label={`Replicas of ${kind}/${name}`}>
      <button
        type="button"
        className="button square small"
        aria-label={`One replica less of ${name}`}
        disabled={replicas === 0}
        onClick={() => scale(replicas - 1)}
      >
        −
      </button>
      <input
        className="input mono"
        inputMode="numeric"
        aria-label={`Replicas of ${name}`}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
        onBlur={commit}
        onKeyDown={(event) => {
          if (event.key === 'Enter') commit();
        }}
      />
      <button
        type="button"
        className="button square small"
        aria-label={`One replica more of ${name}`}
        onClick={() => scale(replicas + 1)}
      >
        +
      </button>
    </fieldset>
  );
}
