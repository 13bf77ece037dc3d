import { type FormEvent, useEffect, useId, useState } from 'react';
import { useApp, useSession } from '../session.ts';

/** RFC 791: every link carries 68 bytes; an Ethernet jumbo frame is the most that makes sense between nodes. */
const LEAST = 68;
const MOST = 65_535;

/** The Pods' MTU: what flannel computes, or a number of one's own. A change rebuilds the cluster. */
export function PodMtu() {
  const session = useSession();
  const setting = useApp((state) => state.cluster.view?.settings.podMtu ?? 'auto');
  const inForce = useApp((state) => state.cluster.view?.podMtu);
  const [text, setText] = useState('');
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const id = useId();
  const isAuto = setting === 'auto';

  useEffect(() => {
    setText(isAuto ? '' : String(setting));
    setProblem(undefined);
  }, [setting, isAuto]);

  const submit = (): void => {
    const trimmed = text.trim();
    if (trimmed === '' || trimmed === 'auto') {
      setProblem(undefined);
      if (!isAuto) void session.configure({ podMtu: 'auto' });
      return;
    }
    const value = /^\d{1,6}$/.test(trimmed) ? Number(trimmed) : Number.NaN;
    if (!(value >= LEAST && value <= MOST)) {
      setProblem(`Expected ${LEAST} to ${MOST} bytes, or nothing for auto`);
      return;
    }
    setProblem(undefined);
    if (value !== setting) void session.configure({ podMtu: value });
  };

  return (
    <form
      className="pod-mtu"
      onSubmit={(event: FormEvent) => {
        event.preventDefault();
        submit();
      }}
    >
      <label className="setting-label" htmlFor={id}>
        Pod MTU
      </label>
      <div className="segmented-track">
        <button
          type="button"
          className="segmented-button"
          aria-pressed={isAuto}
          aria-label="Pod MTU auto"
          onClick={() => {
            setText('');
            setProblem(undefined);
            if (!isAuto) void session.configure({ podMtu: 'auto' });
          }}
        >
          auto
        </button>
        <input
          id={id}
          className="pod-mtu-input mono"
          inputMode="numeric"
          autoComplete="off"
          size={5}
          maxLength={6}
          placeholder={inForce === undefined ? '' : String(inForce)}
          value={text}
          aria-invalid={problem !== undefined}
          aria-describedby={problem ? `${id}-problem` : undefined}
          onChange={(event) => setText(event.target.value)}
          onBlur={submit}
        />
      </div>
      {problem && (
        <p id={`${id}-problem`} className="field-problem floating" role="alert">
          {problem}
        </p>
      )}
    </form>
  );
}
