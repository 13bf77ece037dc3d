import type { BgpAnswer, BgpQuestion } from '../datamodel/bgp/course.ts';
import type { Applied } from '../datamodel/cluster/answer.ts';
import type { Command, ProxyMode } from '../datamodel/cluster/command.ts';
import type { LeaseQuestion } from '../datamodel/cluster/lease.ts';
import type { ServiceCost } from '../datamodel/cluster/serviceCost.ts';
import type { Flow } from '../datamodel/flow/flow.ts';
import type { Conversation } from '../datamodel/flow/trace.ts';
import { addressSpace } from '../sim/addressSpace.ts';
import { askBgp } from '../sim/askBgp.ts';
import { weighBackend } from '../sim/choosing/weighBackend.ts';
import { openSample } from '../sim/createSimulation.ts';
import { flannelLeases } from '../sim/flannelLeases.ts';
import { podChain } from '../sim/podChain.ts';
import { readdress } from '../sim/readdress.ts';
import { measureServices } from '../sim/services/measureServices.ts';
import type { Simulation } from '../sim/simulation.ts';
import type { SimulationClient } from '../worker/client.ts';
import type { Frames } from './clock.ts';
import { Session } from './session.ts';
import type { Track } from './track.ts';

/** Frames that come when a test says so. */
export class HandFrames implements Frames {
  now = 0;
  #waiting = new Map<number, (now: number) => void>();
  #next = 1;

  request(callback: (now: number) => void): number {
    this.#waiting.set(this.#next, callback);
    return this.#next++;
  }

  cancel(id: number): void {
    this.#waiting.delete(id);
  }

  get pending(): number {
    return this.#waiting.size;
  }

  /** Lets `milliseconds` pass in pictures of `each`. */
  run(milliseconds: number, each = 16): void {
    for (let passed = 0; passed < milliseconds; passed += each) {
      this.now += each;
      const due = [...this.#waiting.values()];
      this.#waiting.clear();
      for (const callback of due) callback(this.now);
    }
  }
}

/** A simulation whose answers a test can hold back, reorder and spoil. */
export class HeldClient implements SimulationClient {
  readonly simulation: Simulation = openSample();
  readonly commands: Command[] = [];
  /** Replaces the answer to a command, or delays it. */
  answer: (command: Command, applied: Applied) => Promise<Applied> = async (_, applied) => applied;

  async apply(command: Command): Promise<Applied> {
    this.commands.push(command);
    return this.answer(command, this.simulation.apply(command));
  }
  async podChain(...[question]: Parameters<SimulationClient['podChain']>) {
    return podChain(this.simulation.plan(), question);
  }
  async dryRun(flow: Flow): Promise<Conversation> {
    return this.simulation.dryRun(flow);
  }
  async compare(...args: Parameters<SimulationClient['compare']>) {
    return this.simulation.compare(...args);
  }
  async cost(proxyMode: ProxyMode, services: number): Promise<ServiceCost> {
    const measuring = measureServices(proxyMode, services);
    let part = measuring.next();
    while (!part.done) part = measuring.next();
    return part.value;
  }
  async weigh(...[cni, underlay]: Parameters<SimulationClient['weigh']>) {
    return weighBackend(this.simulation.built(), cni, underlay, readdress);
  }
  async bgp(question: BgpQuestion): Promise<BgpAnswer> {
    return askBgp(this.simulation.plan(), this.simulation.routing(), question);
  }
  async cluster() {
    return this.simulation.cluster();
  }
  async addresses() {
    return addressSpace(this.simulation.cluster(), this.simulation.addressing());
  }
  async leases(question: LeaseQuestion) {
    return flannelLeases(this.simulation.plan(), (id) => this.simulation.netns(id), question);
  }
  async print(...args: Parameters<SimulationClient['print']>) {
    return this.simulation.print(...args);
  }
  async printFormer(...args: Parameters<SimulationClient['printFormer']>) {
    return this.simulation.printFormer(...args);
  }
  async sources() {
    return this.simulation.sources();
  }
  async resolve(...args: Parameters<SimulationClient['resolve']>) {
    return this.simulation.resolve(...args);
  }
  async complete(...args: Parameters<SimulationClient['complete']>) {
    return this.simulation.complete(...args);
  }
  async offers(...args: Parameters<SimulationClient['offers']>) {
    return this.simulation.offers(...args);
  }
}

/** Every step takes 100 ms; packets after each other. */
export function evenTrack(conversation: Conversation): Track {
  const all = conversation.traces
    .flatMap((trace) => trace.hops.flatMap((hop) => hop.steps.map((step) => ({ step, trace }))))
    .toSorted((a, b) => a.step.id - b.step.id);
  const segments = all.map(({ step, trace }, i) => ({
    step,
    trace,
    start: i * 100,
    end: (i + 1) * 100,
    telling: step.id,
  }));
  const marks = segments.flatMap(({ step, trace, start }, i) =>
    segments[i - 1]?.trace === trace && segments[i - 1]?.step.netns === step.netns
      ? []
      : [{ time: start, step: step.id, trace: trace.id, kind: 'hop' as const, label: step.netns }],
  );
  return {
    duration: segments.length * 100,
    segments,
    marks,
    bySteps: new Map(segments.map((segment) => [segment.step.id, segment])),
  };
}

export interface SessionUnderTest {
  readonly session: Session;
  readonly client: HeldClient;
  readonly frames: HandFrames;
  /** What the simulation would report of itself. */
  readonly fail: (message: string) => void;
}

export function sessionUnderTest(): SessionUnderTest {
  const client = new HeldClient();
  const frames = new HandFrames();
  let fail: (message: string) => void = () => undefined;
  const session = new Session({
    connect: (onFailure) => {
      fail = onFailure;
      return client;
    },
    layOut: evenTrack,
    frames,
    now: () => frames.now,
  });
  return { session, client, frames, fail: (message) => fail(message) };
}
