import { useId } from 'react';
import { useApp, useSession } from '../session.ts';
import { TextField } from './TextField.tsx';

/** What is seldom changed. */
export function MoreFields() {
  const session = useSession();
  const { draft, problems } = useApp((state) => state.composer);
  const id = useId();
  const troubled = problems.ttl ?? problems.sourcePort ?? problems.repeat;
  return (
    <>
      <div className="field">
        <label htmlFor={`${id}-df`}>DF bit</label>
        <select
          id={`${id}-df`}
          className="select"
          value={draft.pathMtuDiscovery}
          onChange={(event) => {
            const { value } = event.target;
            session.edit({ pathMtuDiscovery: value === 'do' || value === 'dont' ? value : 'default' });
          }}
        >
          <option value="default">Linux's default</option>
          <option value="do">do: always set</option>
          <option value="dont">don't: never set</option>
        </select>
      </div>
      <details className="more" {...(troubled !== undefined && { open: true })}>
        <summary>More</summary>
        <div className="more-fields">
          <TextField
            label="TTL"
            value={draft.ttl}
            placeholder="64"
            onChange={(ttl) => session.edit({ ttl })}
            problem={problems.ttl}
          />
          {draft.as !== 'ping' && (
            <TextField
              label="From port"
              value={draft.sourcePort}
              placeholder="the kernel chooses"
              onChange={(sourcePort) => session.edit({ sourcePort })}
              problem={problems.sourcePort}
            />
          )}
          <TextField
            label="Times"
            value={draft.repeat}
            placeholder="1"
            onChange={(repeat) => session.edit({ repeat })}
            problem={problems.repeat}
          />
          <label className="check">
            <input
              type="checkbox"
              checked={draft.warm}
              onChange={(event) => session.edit({ warm: event.target.checked })}
            />
            Neighbour caches are warm
          </label>
        </div>
      </details>
    </>
  );
}
