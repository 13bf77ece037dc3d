import type { Step } from '../datamodel/flow/step.ts';
import type { Conversation, Trace } from '../datamodel/flow/trace.ts';
import { dissect } from '../wire/layers.ts';
import { placeKey, placeOf } from './place.ts';

/**
 * How long a step is looked at in a packet that deserves full attention, in milliseconds of playback: what a packet is
 * rewritten, wrapped or sent on by is worth a sentence, the rest is passed.
 */
export function attention(step: Step): number {
  const weight = ownAttention(step);
  // the outer packet's pass through the hooks repeats what the inner one's has told
  return step.pass === 'tunnel' ? weight * 0.5 : weight;
}

function ownAttention(step: Step): number {
  switch (step.type) {
    case 'originate':
      // short: a page that opens shall move soon
      return 700;
    case 'receive':
    case 'transmit':
      return 160;
    case 'bridge':
      return 500;
    case 'hook':
      return step.verdict === 'drop' ? 1000 : step.rulesEvaluated > 0 ? 200 : 40;
    case 'rule':
      return step.coin ? 1000 : 60;
    case 'ipvs':
      return step.event === 'found' ? 120 : 1200;
    case 'program':
      return step.socket ? (step.attach === 'cgroup/recvmsg4' ? 700 : 3000) : 500;
    case 'translate':
      return 3000;
    case 'session':
      return step.event === 'confirmed' ? 40 : 120;
    case 'route':
      return step.purpose === 'output' || step.result === 'local' ? 400 : 1100;
    case 'forward':
      return 180;
    case 'neighbor':
      return 260;
    case 'arp':
      return 700;
    case 'encapsulate':
      return 3000;
    case 'decapsulate':
      return 2400;
    case 'fragment':
      return 1800;
    case 'reassemble':
      return 1500;
    case 'deliver':
      return 1700;
    case 'drop':
      return 2600;
  }
}

/** How much of its attention a packet gets, and the milliseconds it may take at most. */
export interface Tempo {
  readonly factor: number;
  readonly most: number;
}

const LEAD: Tempo = { factor: 1, most: 23_000 };
const TOLD: Tempo = { factor: 0.45, most: 5_500 };
const BRISK: Tempo = { factor: 0.3, most: 3_500 };
const NAMES: Tempo = { factor: 0.3, most: 2_200 };
const ROUTINE: Tempo = { factor: 0.12, most: 1_100 };
const NEIGHBORS: Tempo = { factor: 0.22, most: 700 };

/**
 * The tempo of every packet. The flow's first goes slowly, for it alone meets all rules; its answer, the request's data and
 * what went wrong can be followed; handshakes' ends, acknowledgements, ARP and repetitions pass quickly.
 */
export function tempos(conversation: Conversation): ReadonlyMap<number, Tempo> {
  const result = new Map<number, Tempo>();
  const told = new Set<string>();
  const lead = leadOf(conversation);
  // a packet that is cut on its way shares its time with the pieces that carry it on
  const share: Tempo = { ...LEAD, most: lead.size > 1 ? (LEAD.most / lead.size) * 1.3 : LEAD.most };
  for (const trace of conversation.traces) {
    const steps = trace.hops.flatMap((hop) => hop.steps);
    result.set(trace.id, lead.has(trace.id) ? share : tempoOf(trace, steps, told));
  }
  return result;
}

/** The flow's first packet, and where it was split, those of its copies that brought it to where it ended. */
function leadOf(conversation: Conversation): ReadonlySet<number> {
  const traces = new Map(conversation.traces.map((trace) => [trace.id, trace]));
  const first = conversation.traces.find((trace) => trace.role === 'forward' && trace.exchange === 'flow');
  if (!first) return new Set();
  const chains = conversation.traces
    .filter((trace) => trace.disposition.type === 'delivered' || trace.disposition.type === 'dropped')
    .map((trace) => chainTo(trace, traces))
    .filter((chain) => chain.at(-1) === first.id);
  const delivered = chains.findLast(([end]) => traces.get(end ?? -1)?.disposition.type === 'delivered');
  return new Set(delivered ?? chains.at(-1) ?? [first.id]);
}

/** The trace and those that it is a copy of, to the oldest. */
function chainTo(trace: Trace, traces: ReadonlyMap<number, Trace>): number[] {
  const chain = [trace.id];
  let { origin } = trace;
  while (origin.type === 'copy' && !chain.includes(origin.trace)) {
    chain.push(origin.trace);
    origin = traces.get(origin.trace)?.origin ?? { type: 'flow' };
  }
  return chain;
}

function tempoOf(trace: Trace, steps: readonly Step[], told: Set<string>): Tempo {
  if (trace.role === 'control') return NEIGHBORS;
  if (trace.role === 'error') return TOLD;
  if (trace.exchange === 'dns') return once(told, `dns ${trace.role}`) ? NAMES : ROUTINE;
  if (carriesData(steps[0])) return once(told, `${trace.role} data`) ? TOLD : ROUTINE;
  if (trace.role === 'reply') return once(told, 'reply') ? TOLD : ROUTINE;
  return trace.disposition.type === 'dropped' ? BRISK : ROUTINE;
}

function once(told: Set<string>, what: string): boolean {
  if (told.has(what)) return false;
  told.add(what);
  return true;
}

function carriesData(step: Step | undefined): boolean {
  const last = step && dissect(step.bytes, step.link).at(-1);
  return last !== undefined && (last.protocol === 'HTTP' || last.protocol === 'Data') && last.length > 0;
}

/** A packet that only passes glides: its time goes into the way, not into what it meets. */
const GLIDES_BELOW = 0.2;

export function glides(tempo: Tempo): boolean {
  return tempo.factor < GLIDES_BELOW;
}

/** Milliseconds of playback for each of a trace's steps. */
export function durationsOf(steps: readonly Step[], tempo: Tempo): number[] {
  const wanted = steps.map((step, i) => wantedTime(step, steps[i - 1], tempo));
  const sum = wanted.reduce((total, each) => total + each, 0);
  const scale = sum > tempo.most ? tempo.most / sum : 1;
  return wanted.map((each) => Math.max(4, Math.round(each * scale)));
}

function wantedTime(step: Step, before: Step | undefined, tempo: Tempo): number {
  const { factor } = tempo;
  if (step.type === 'drop') return attention(step) * Math.max(factor, 0.6);
  const arrives = !before || placeKey(placeOf(before)) !== placeKey(placeOf(step));
  const travel = arrives ? (before && before.netns !== step.netns ? 500 : 260) : 0;
  if (glides(tempo)) return arrives ? travel * 0.3 : 4;
  return Math.max(attention(step), travel) * factor;
}
