import { type Remote, wrap } from 'comlink';
import type { Command } from '../datamodel/cluster/command.ts';
import { installDissectors } from '../wire/layers.ts';
import type { SimulationApi } from './protocol.ts';

/** The simulation, wherever it runs. Everything but main.tsx knows only this interface. */
export type SimulationClient = SimulationApi;

/**
 * Talks to the simulation behind a worker. A failure of the worker as a whole (its script did not load, it threw while
 * starting) reaches `onFailure` once; calls made before would otherwise wait for ever.
 */
export function connectSimulation(worker: Worker, onFailure: (message: string) => void): SimulationClient {
  worker.addEventListener('error', (event) => onFailure(event.message || 'The simulation could not be started.'));
  const remote: Remote<SimulationApi> = wrap<SimulationApi>(worker);
  return {
    apply: async (command) => {
      // Only what the page opens on is sure to be TCP.
      if (dissectors || !isPlainRequest(command)) await loadDissectors();
      const applied = await remote.apply(command);
      if (!applied.ok || applied.conversation?.outcomes.some(({ type }) => type !== 'answered')) await loadDissectors();
      return applied;
    },
    dryRun: async (flow) => {
      await loadDissectors();
      return remote.dryRun(flow);
    },
    compare: async (flow, settings) => {
      await loadDissectors();
      return remote.compare(flow, settings);
    },
    cost: (mode, services) => remote.cost(mode, services),
    weigh: async (cni, underlay) => remote.weigh(cni, underlay),
    bgp: (question) => remote.bgp(question),
    podChain: (question) => remote.podChain(question),
    cluster: () => remote.cluster(),
    addresses: () => remote.addresses(),
    leases: (question) => remote.leases(question),
    print: (netns, tool, at) => remote.print(netns, tool, at),
    printFormer: (netns, tool) => remote.printFormer(netns, tool),
    sources: () => remote.sources(),
    resolve: (reference, role) => remote.resolve(reference, role),
    complete: (netns, line) => remote.complete(netns, line),
    offers: (netns, tool, entry, at) => remote.offers(netns, tool, entry, at),
  };
}

let dissectors: Promise<void> | undefined;

function loadDissectors(): Promise<void> {
  dissectors ??= import('../wire/dissect/moreDissectors.ts').then(({ MORE_DISSECTORS }) =>
    installDissectors(MORE_DISSECTORS),
  );
  return dissectors;
}

/** One that asks no name, and whose neighbours are known. */
function isPlainRequest(command: Command): boolean {
  if (command.type !== 'send') return false;
  const { as, to, payload, warm } = command.flow;
  return as === 'http' && to.type === 'address' && payload === 0 && warm;
}
