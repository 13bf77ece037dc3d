import type { BgpEvent } from '../../datamodel/bgp/event.ts';
import type { BgpProtocolState, BgpSpeakerState } from '../../datamodel/bgp/state.ts';

interface Row {
  readonly speaker: string;
  readonly protocol: BgpProtocolState;
  readonly session: NonNullable<BgpProtocolState['session']>;
}

export interface SessionTableProps {
  readonly states: readonly BgpSpeakerState[];
  /** What happens at the moment that is shown: who tells something then is marked. */
  readonly events: readonly BgpEvent[];
}

/** Both ends of every session, as each sees it. */
export function SessionTable({ states, events }: SessionTableProps) {
  const told = new Set(
    events.flatMap(({ what }) => (what.kind === 'sent' ? [`${what.speaker} ${what.protocol}`] : [])),
  );
  const rows = states.flatMap(({ name: speaker, protocols }) =>
    protocols.flatMap((protocol): readonly Row[] => {
      const { session } = protocol;
      return session ? [{ speaker, protocol, session }] : [];
    }),
  );
  const silent = states.filter(({ running }) => !running).map(({ name }) => name);
  return (
    <>
      <table className="routing-table">
        <caption className="visually-hidden">BGP sessions as each end sees them</caption>
        <thead>
          <tr>
            <th scope="col">Speaker</th>
            <th scope="col">Neighbour</th>
            <th scope="col">AS</th>
            <th scope="col">State</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ speaker, protocol, session }) => (
            <tr key={`${speaker} ${protocol.name}`} data-tells={told.has(`${speaker} ${protocol.name}`)}>
              <th scope="row" className="mono">
                {speaker}
              </th>
              <td className="mono">{session.neighbor}</td>
              <td className="mono">{session.neighborAs}</td>
              <td data-up={session.state === 'Established'}>
                {session.state}
                {session.restarting && ', routes kept'}
                {told.has(`${speaker} ${protocol.name}`) && <span className="visually-hidden">, tells it now</span>}
                {session.lastError !== undefined && <span className="routing-error">{session.lastError}</span>}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {silent.length > 0 && <p className="routing-note">No BIRD runs on {silent.join(', ')}.</p>}
    </>
  );
}
