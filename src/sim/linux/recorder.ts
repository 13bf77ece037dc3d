import type { EntryRef, FieldChange, Pass, Step, StepDetail } from '../../datamodel/flow/step.ts';
import type { Capture, Disposition, Hop, Origin, Trace } from '../../datamodel/flow/trace.ts';
import type { Hook } from '../../datamodel/network/netfilter.ts';
import type { NetnsId } from '../../datamodel/network/netnsId.ts';
import type { RuntimeUpdate } from '../../datamodel/network/runtime.ts';
import type { Skb } from './skb.ts';

/** Where and by what a step was decided; the rest of the step is read off the packet. */
export interface StepPlace {
  readonly device?: string | undefined;
  readonly hook?: Hook | undefined;
  readonly entry?: EntryRef | undefined;
  readonly changes?: readonly FieldChange[] | undefined;
  /** When not the packet's own. */
  readonly pass?: Pass | undefined;
}

export interface TraceStart {
  readonly origin: Origin;
  readonly label: string;
  readonly role: Trace['role'];
  readonly exchange: Trace['exchange'];
}

interface OpenTrace extends TraceStart {
  readonly id: number;
  readonly steps: Step[];
  /** The bytes of the last step: as long as nobody writes, every step shares them. */
  bytes?: Uint8Array;
  disposition?: Disposition;
}

/** Writes down what happens to every packet copy of one run. Traces are numbered from 0 in order of creation. */
export class Recorder {
  private readonly traces: OpenTrace[] = [];
  private readonly pending: RuntimeUpdate[] = [];
  readonly captures: Capture[] = [];
  private steps = 0;
  private kept = 0;
  private readonly clock: () => number;
  private readonly onStep: (id: number) => void;

  /** @param onStep told of every step that has been written down, before anything else happens. */
  constructor(clock: () => number, onStep: (id: number) => void = () => undefined) {
    this.clock = clock;
    this.onStep = onStep;
  }

  /** Steps written down so far. */
  get length(): number {
    return this.steps;
  }

  /** Bytes of packets kept for them; what steps of one packet share counts once. */
  get bytes(): number {
    return this.kept;
  }

  begin({ origin, label, role, exchange }: TraceStart): number {
    return this.traces.push({ origin, label, role, exchange, id: this.traces.length, steps: [] }) - 1;
  }

  /** Starts the trace of a copy or a piece of `skb`'s packet. */
  beginCopy(skb: Skb): number {
    const parent = this.open(skb.meta.trace);
    return this.begin({ ...parent, origin: { type: 'copy', trace: parent.id, step: this.lastStep(parent) } });
  }

  /** Starts the trace of a packet that exists because of `skb`'s packet (an answer, an error, an ARP request). */
  beginCaused(skb: Skb, label: string, role: Trace['role']): number {
    const cause = this.open(skb.meta.trace);
    const origin: Origin = { type: 'caused', trace: cause.id, step: this.lastStep(cause) };
    return this.begin({ origin, label, role, exchange: cause.exchange });
  }

  roleOf(trace: number): Trace['role'] {
    return this.open(trace).role;
  }

  exchangeOf(trace: number): Trace['exchange'] {
    return this.open(trace).exchange;
  }

  /** Records one decision; runtime updates logged since the last step belong to it. @returns the step's id. */
  step(netns: NetnsId, skb: Skb, detail: StepDetail, place: StepPlace = {}): number {
    const trace = this.open(skb.meta.trace);
    const id = this.steps++;
    const bytes = skb.snapshot();
    if (trace.bytes !== bytes) this.kept += bytes.length;
    trace.bytes = bytes;
    const step: Step = {
      ...detail,
      id,
      time: this.clock(),
      netns,
      pass: place.pass ?? skb.meta.pass,
      direction: skb.meta.direction,
      bytes,
      link: skb.link,
      ...(place.device !== undefined && { device: place.device }),
      ...(place.hook !== undefined && { hook: place.hook }),
      ...(place.entry !== undefined && { entry: place.entry }),
      ...(place.changes !== undefined && place.changes.length > 0 && { changes: place.changes }),
      ...(this.pending.length > 0 && { updates: this.pending.splice(0) }),
    };
    trace.steps.push(step);
    this.onStep(id);
    return id;
  }

  capture(netns: NetnsId, skb: Skb, device: string, direction: 'in' | 'out', packetType: Capture['packetType']): void {
    const trace = this.open(skb.meta.trace);
    const bytes = skb.snapshot();
    const step = this.lastStep(trace);
    const link = skb.link === 'ip' && { link: skb.link };
    this.captures.push({
      time: this.clock(),
      netns,
      device,
      direction,
      packetType,
      bytes,
      ...link,
      trace: trace.id,
      step,
    });
  }

  /** Notes a change of a runtime table; it is attached to the next step. */
  update(update: RuntimeUpdate): void {
    this.pending.push(update);
  }

  /** Ends a packet copy. The first word is the last: a copy has one disposition. */
  end(skb: Skb, disposition: Disposition): void {
    this.open(skb.meta.trace).disposition ??= disposition;
  }

  /** Takes the updates that no step has taken yet: they are somebody else's doing. */
  takePending(): readonly RuntimeUpdate[] {
    return this.pending.splice(0);
  }

  /** Updates that no step has taken (timers that ran out after the last packet). */
  leftovers(): readonly RuntimeUpdate[] {
    return this.pending;
  }

  finish(): readonly Trace[] {
    return this.traces.map(({ id, origin, label, role, exchange, steps, disposition }) => ({
      id,
      origin,
      label,
      role,
      exchange,
      hops: groupHops(steps),
      disposition: disposition ?? { type: 'unfinished', netns: steps.at(-1)?.netns ?? '' },
    }));
  }

  private open(trace: number): OpenTrace {
    const found = this.traces[trace];
    if (found === undefined) throw new Error(`No trace ${trace}`);
    return found;
  }

  private lastStep(trace: OpenTrace): number {
    return trace.steps.at(-1)?.id ?? -1;
  }
}

function groupHops(steps: readonly Step[]): readonly Hop[] {
  const hops: { netns: NetnsId; steps: Step[] }[] = [];
  for (const step of steps) {
    const last = hops.at(-1);
    if (last?.netns === step.netns) last.steps.push(step);
    else hops.push({ netns: step.netns, steps: [step] });
  }
  return hops;
}
