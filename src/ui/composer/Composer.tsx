import { type FormEvent, useMemo } from 'react';
import type { TrafficKind } from '../../datamodel/flow/flow.ts';
import type { Outcome } from '../../datamodel/flow/trace.ts';
import { choicesBehind, destinations, senders } from '../../store/suggest.ts';
import { Segmented } from '../controls/Segmented.tsx';
import { useApp, useSession } from '../session.ts';
import { Combobox } from './Combobox.tsx';
import { MoreFields } from './MoreFields.tsx';
import { TextField } from './TextField.tsx';
import './composer.css';

const KINDS: readonly { readonly value: TrafficKind; readonly label: string }[] = [
  { value: 'ping', label: 'ping' },
  { value: 'udp', label: 'UDP' },
  { value: 'tcp', label: 'TCP' },
  { value: 'http', label: 'HTTP' },
  { value: 'sctp', label: 'SCTP' },
];
const PAYLOAD_HINTS: Readonly<Record<TrafficKind, string>> = {
  ping: 'bytes after the ICMP header',
  udp: 'size of the datagram',
  tcp: 'bytes sent after the handshake',
  http: '0 is a GET, more is an upload',
  sctp: 'size of the message',
};

const OUTCOME_NAMES: Readonly<Record<Outcome['type'], string>> = {
  answered: 'Answered',
  refused: 'Refused',
  unreachable: 'Unreachable',
  timeout: 'No answer',
  reset: 'Reset',
  'message-too-long': 'Message too long',
  'no-such-name': 'No such name',
};

/** What to send, from where to where. Nothing here reloads anything: Send is a command like any other. */
export function Composer({ onSent }: { readonly onSent?: () => void }) {
  const session = useSession();
  const view = useApp((state) => state.cluster.view);
  const { draft, problems, from, to } = useApp((state) => state.composer);
  const sending = useApp((state) => state.traffic.sending > 0);
  const hasSent = useApp((state) => state.traffic.lastFlow !== undefined);
  const fromChoices = useMemo(() => (view ? senders(view) : []), [view]);
  const toChoices = useMemo(() => (view ? destinations(view) : []), [view]);
  const typedPort = /^\d{1,5}$/.test(draft.port) ? Number(draft.port) : undefined;
  const offered = to?.ok ? to.port : undefined;
  const choices = useMemo(
    () => (view ? choicesBehind(view, draft.to, typedPort ?? offered) : []),
    [view, draft.to, typedPort, offered],
  );

  const submit = (event: FormEvent): void => {
    event.preventDefault();
    void session.send();
    onSent?.();
  };

  return (
    <form className="composer" aria-label="Send traffic" aria-busy={sending} onSubmit={submit} noValidate>
      <h2>Send traffic</h2>
      <Combobox
        label="From"
        value={draft.from}
        suggestions={fromChoices}
        onChange={(value) => session.edit({ from: value })}
        problem={problems.from ?? (from?.ok === false ? from.message : undefined)}
      />
      <Combobox
        label="To"
        value={draft.to}
        suggestions={toChoices}
        onChange={(value) => session.edit({ to: value })}
        problem={problems.to ?? (to?.ok === false ? to.message : undefined)}
      />
      <div className="field">
        <span className="field-label" aria-hidden="true">
          As
        </span>
        <Segmented label="As" quiet value={draft.as} options={KINDS} onChange={(as) => session.edit({ as })} />
      </div>
      {draft.as !== 'ping' && (
        <TextField
          label="Port"
          value={draft.port}
          placeholder={offered === undefined ? 'such as 80' : String(offered)}
          onChange={(port) => session.edit({ port })}
          problem={problems.port}
        />
      )}
      <TextField
        label="Payload"
        value={draft.payload}
        placeholder="0"
        hint={PAYLOAD_HINTS[draft.as]}
        onChange={(payload) => session.edit({ payload })}
        problem={problems.payload}
        unit={
          <select
            className="select unit"
            aria-label="Unit of the payload"
            value={draft.unit}
            onChange={(event) => session.edit({ unit: event.target.value === 'kB' ? 'kB' : 'B' })}
          >
            <option value="B">B</option>
            <option value="kB">kB</option>
          </select>
        }
      />
      {choices.length > 1 && (
        <div className="field">
          <label htmlFor="pick-endpoint">Endpoint</label>
          <select
            id="pick-endpoint"
            className="select mono"
            value={choices.some((choice) => choice.value === draft.pick) ? draft.pick : ''}
            onChange={(event) => session.edit({ pick: event.target.value })}
          >
            <option value="">chance (1 of {choices.length})</option>
            {choices.map((choice) => (
              <option key={choice.value} value={choice.value}>
                {choice.value} {choice.hint}
              </option>
            ))}
          </select>
        </div>
      )}
      <MoreFields />
      <div className="composer-send">
        <button type="submit" className="button primary" disabled={!view}>
          Send <span aria-hidden="true">↵</span>
        </button>
        <button
          type="button"
          className="button"
          disabled={!hasSent}
          title="Send the last request once more, as it was"
          onClick={() => {
            void session.repeat();
            onSent?.();
          }}
        >
          Repeat
        </button>
      </div>
      <Outcomes />
    </form>
  );
}

/** What the sending program got out of it. */
function Outcomes() {
  const outcomes = useApp((state) => state.traffic.conversation?.outcomes);
  const budgetSpent = useApp((state) => state.traffic.conversation?.budgetSpent ?? false);
  const shown = outcomes?.slice(0, 4) ?? [];
  return (
    <section className="outcome" aria-label="What the sender got">
      {shown.map((outcome, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: outcomes of one conversation never change places
        <p key={i} data-good={outcome.type === 'answered'}>
          <b>{OUTCOME_NAMES[outcome.type]}</b>
          {outcome.text !== OUTCOME_NAMES[outcome.type] && <span className="mono">{outcome.text}</span>}
        </p>
      ))}
      {outcomes && outcomes.length > shown.length && <p>and {outcomes.length - shown.length} more</p>}
      {budgetSpent && <p>It was cut short: so many packets are not simulated at once.</p>}
    </section>
  );
}
