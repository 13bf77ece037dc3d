import sample from 'virtual:sample';
import { expose } from 'comlink';
import type { PrepareCluster } from '../sim/prepareCluster.ts';
import { Simulation } from '../sim/simulation.ts';
import type { SimulationApi } from './protocol.ts';

let reader: PrepareCluster | undefined;

/** The worker's whole job: one simulation, opened on the sample, behind comlink. */
const simulation = new Simulation(sample, (sources, seed) => {
  if (reader === undefined) throw new Error('Manifests cannot be read before their reader has been loaded');
  return reader(sources, seed);
});

const api: SimulationApi = {
  apply: async (command) => {
    // The sample was prepared when the app was built: only other manifests need the YAML parser and the API server's rules.
    if (command.type === 'load') reader ??= (await import('../sim/prepareCluster.ts')).prepareCluster;
    return simulation.apply(command);
  },
  dryRun: async (flow) => simulation.dryRun(flow),
  cluster: async () => simulation.cluster(),
  print: async (netns, tool, at) => simulation.print(netns, tool, at),
  sources: async () => simulation.sources(),
  resolve: async (reference, role) => simulation.resolve(reference, role),
};

expose(api);
