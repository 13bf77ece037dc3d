import { type Remote, wrap } from 'comlink';
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
    apply: (command) => remote.apply(command),
    dryRun: (flow) => remote.dryRun(flow),
    compare: (flow, settings) => remote.compare(flow, settings),
    cost: (mode, services) => remote.cost(mode, services),
    bgp: (question) => remote.bgp(question),
    cluster: () => remote.cluster(),
    addresses: () => remote.addresses(),
    print: (netns, tool, at) => remote.print(netns, tool, at),
    printFormer: (netns, tool) => remote.printFormer(netns, tool),
    sources: () => remote.sources(),
    resolve: (reference, role) => remote.resolve(reference, role),
    complete: (netns, line) => remote.complete(netns, line),
    offers: (netns, tool, entry, at) => remote.offers(netns, tool, entry, at),
  };
}
