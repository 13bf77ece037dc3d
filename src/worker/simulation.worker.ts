import { expose } from 'comlink';
import { openSample } from '../sim/simulation.ts';
import type { SimulationApi } from './protocol.ts';

/** The worker's whole job: one simulation, opened on the sample, behind comlink. */
const simulation = openSample();

const api: SimulationApi = {
  apply: async (command) => simulation.apply(command),
  dryRun: async (flow) => simulation.dryRun(flow),
  cluster: async () => simulation.cluster(),
  print: async (netns, tool, at) => simulation.print(netns, tool, at),
  sources: async () => simulation.sources(),
  resolve: async (reference, role) => simulation.resolve(reference, role),
};

expose(api);
