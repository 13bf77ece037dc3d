import type { Step } from '../../datamodel/flow/step.ts';
import type { Conversation, Trace } from '../../datamodel/flow/trace.ts';
import { type Stop, stopsOf } from '../stops.ts';

/** One packet from where it was made to where it ended, past every place where it was cut or copied. */
export interface Way {
  /** The packet's own; what it became goes on in others. */
  readonly trace: Trace;
  readonly stops: readonly Stop[];
  readonly steps: readonly Step[];
  /** How the part that got furthest ended. */
  readonly end: Trace['disposition'];
}

/** The way of the first packet that the flow's sender sent; undefined: it never sent one (a name that did not resolve). */
export function requestWay({ traces }: Conversation): Way | undefined {
  return wayOf(
    traces,
    traces.find(({ role, exchange }) => exchange === 'flow' && role === 'forward'),
  );
}

/** The way of the first answer, or of the error that came in its stead; undefined: silence. */
export function answerWay({ traces }: Conversation): Way | undefined {
  const own = traces.filter(({ exchange, origin }) => exchange === 'flow' && origin.type !== 'copy');
  return wayOf(traces, own.find(({ role }) => role === 'reply') ?? own.find(({ role }) => role === 'error'));
}

function wayOf(traces: readonly Trace[], first: Trace | undefined): Way | undefined {
  if (first === undefined) return undefined;
  const parts = [first];
  for (let last = first; last.disposition.type === 'split' && parts.length <= traces.length; ) {
    const next = furthest(traces.filter(({ origin }) => origin.type === 'copy' && origin.trace === last.id));
    if (next === undefined) break;
    parts.push(next);
    last = next;
  }
  return {
    trace: first,
    stops: parts.flatMap(stopsOf),
    steps: parts.flatMap(({ hops }) => hops.flatMap(({ steps }): readonly Step[] => steps)),
    end: (parts.at(-1) ?? first).disposition,
  };
}

/** The copy that somebody took, else the one of which most is known. */
function furthest(copies: readonly Trace[]): Trace | undefined {
  const length = ({ hops }: Trace): number => hops.reduce((sum, { steps }) => sum + steps.length, 0);
  const weight = (trace: Trace): number =>
    length(trace) + (trace.disposition.type === 'delivered' || trace.disposition.type === 'merged' ? 1e6 : 0);
  return copies.reduce<Trace | undefined>(
    (best, copy) => (best && weight(best) >= weight(copy) ? best : copy),
    undefined,
  );
}
