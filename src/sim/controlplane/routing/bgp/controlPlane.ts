import type { BgpEvent, BgpHappening } from '../../../../datamodel/bgp/event.ts';
import type { BgpDeed, BgpOperation } from '../../../../datamodel/bgp/operation.ts';
import type { BgpPlan, BgpSpeaker } from '../../../../datamodel/bgp/plan.ts';
import type { BgpSpeakerState } from '../../../../datamodel/bgp/state.ts';
import { Bird } from './bird.ts';
import { KernelTable } from './kernelTable.ts';
import { Network } from './network.ts';
import { TcpStack } from './tcp.ts';
import { MILLISECOND, SECOND, VirtualTime } from './virtualTime.ts';

/** Turns, segments and timers after which a run ends whatever is left of it. */
const BUDGET = 5_000_000;

/** How often one looks whether a BIRD that was told to end has ended. */
const RESTART = 100 * MILLISECOND;

interface Machine {
  readonly speaker: BgpSpeaker;
  readonly kernel: KernelTable;
  readonly tcp: TcpStack;
  bird: Bird | undefined;
  /** BIRD was told to end, and may be about to. */
  ending: boolean;
  /** Interfaces as BIRD last heard of them. */
  readonly seen: Map<string, string>;
}

/** All speakers of a plan in one virtual time: what is done to them, what they do, and what they say of themselves. */
export class ControlPlane {
  readonly #time = new VirtualTime();
  readonly #network: Network;
  readonly #machines = new Map<string, Machine>();
  readonly #events: BgpEvent[] = [];
  readonly #seed: number;

  /** Every machine is on, and BIRD is started where there are peers or blocks. @param seed of all chance. */
  constructor(plan: BgpPlan, seed: number) {
    this.#seed = seed;
    this.#network = new Network(plan);
    const stacks = new Map<string, TcpStack>();
    for (const speaker of plan.speakers) {
      const tcp = new TcpStack(speaker.name, this.#network, stacks, this.#time, seed);
      stacks.set(speaker.name, tcp);
      const kernel = new KernelTable(speaker, this.#network, (destination, route, old, by) => {
        const changed = { ...(route && { route }), ...(old && { old }) };
        this.#record({ kind: 'kernel', speaker: speaker.name, destination, by, ...changed });
      });
      const machine: Machine = { speaker, kernel, tcp, bird: undefined, ending: false, seen: new Map() };
      this.#machines.set(speaker.name, machine);
      this.#look(machine);
      this.#time.at((speaker.startsAt ?? 0) * SECOND, () => this.#start(machine));
    }
  }

  /** Nanoseconds of virtual time. */
  get now(): number {
    return this.#time.now;
  }

  /** Everything that has happened, in order. */
  get events(): readonly BgpEvent[] {
    return this.#events;
  }

  /** Does something at its time, which must not be past. */
  plan({ at, does }: BgpOperation): void {
    this.#time.at(Math.round(at * SECOND), () => this.#do(does));
  }

  /** @returns false when the run's budget was spent before that time. */
  runUntil(seconds: number): boolean {
    return this.#time.runUntil(seconds * SECOND, BUDGET);
  }

  stateOf(speaker: string): BgpSpeakerState | undefined {
    const machine = this.#machines.get(speaker);
    if (!machine) return undefined;
    const { bird, kernel } = machine;
    return {
      name: speaker,
      at: this.#time.now,
      running: bird?.running ?? false,
      protocols: bird?.running ? bird.protocols : [],
      routes: bird?.running ? bird.routes : [],
      kernel: kernel.routes,
    };
  }

  #record(what: BgpHappening): void {
    this.#events.push({ at: this.#time.now, what });
  }

  #start(machine: Machine): void {
    const { speaker, kernel, tcp } = machine;
    if (machine.bird?.running && machine.ending) {
      // what watches over it starts it again once it has ended
      this.#time.at(this.#time.now + RESTART, () => this.#start(machine));
      return;
    }
    if (machine.bird?.running || (speaker.peers.length === 0 && speaker.blocks.length === 0)) return;
    machine.ending = false;
    machine.bird = new Bird({
      speaker,
      time: this.#time,
      network: this.#network,
      tcp,
      kernel,
      seed: this.#seed,
      record: (what) => this.#record(what),
    });
  }

  #do(does: BgpDeed): void {
    this.#record({ kind: 'deed', does });
    if ('speaker' in does && does.speaker !== undefined) {
      const machine = this.#machines.get(does.speaker);
      if (machine) this.#doTo(machine, does);
    }
    this.#network.suffer(does);
    for (const machine of this.#machines.values()) this.#look(machine);
  }

  #doTo(machine: Machine, does: BgpDeed): void {
    switch (does.kind) {
      case 'start':
        this.#start(machine);
        return;
      case 'shutdown':
        machine.bird?.shutdown();
        machine.ending = true;
        return;
      case 'crash':
        machine.bird?.kill();
        machine.bird = undefined;
        machine.tcp.closeAll();
        return;
      case 'power-off':
        machine.bird?.kill();
        machine.bird = undefined;
        machine.tcp.vanish();
        return;
      case 'power-on':
        this.#time.at(this.#time.now, () => {
          machine.kernel.boot();
          this.#start(machine);
        });
        return;
      default:
    }
  }

  /** What changed about a machine's interfaces: its kernel acts on it, and tells BIRD. */
  #look(machine: Machine): void {
    const { speaker, kernel, seen } = machine;
    for (const { name } of speaker.interfaces) {
      const up = this.#network.isUp(speaker.name, name);
      const now = `${up ? 'up' : 'down'} ${this.#network.hasCarrier(speaker.name, name)}`;
      const before = seen.get(name);
      if (before === now) continue;
      seen.set(name, now);
      if (before === undefined) continue;
      if (before.startsWith('up') && !up) kernel.interfaceDown(name);
      if (before.startsWith('down') && up) kernel.interfaceUp(name);
      machine.bird?.interfaceChanged(name);
    }
  }
}
