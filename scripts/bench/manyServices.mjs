import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from '../install.mjs';
import { kernelLoads } from './kernelLoads.mjs';
import { quantile } from './statistics.mjs';

const services = 10_000;
const endpoints = 15;
const node = 'node/worker-01';
/** Each in a cluster of its own, which has never been in the mode that is flipped to. */
const flips = 3;
const traces = 60;

/** @typedef {import('../../src/datamodel/cluster/command.ts').ProxyMode} ProxyMode */
/** @typedef {import('../bench.mjs').Figure} Figure */
/** @typedef {ReturnType<typeof import('../../src/sim/createSimulation.ts').openServices>} Opened */
/** @typedef {import('../../src/datamodel/cluster/command.ts').ClusterSettings} ClusterSettings */
/** @typedef {(services: number, endpoints: number, settings?: Partial<ClusterSettings>) => Opened} Open */

/** What the node's tables are printed by, and which real tool reads the text back. */
const modes = /** @type {const} */ ([
  { mode: 'iptables', tool: 'iptables-save', loader: 'iptables-restore' },
  { mode: 'nftables', tool: 'nft', loader: 'nft -f' },
  { mode: 'ipvs', tool: 'ipvsadm', loader: undefined },
  { mode: 'ebpf', tool: 'bpf-lb', loader: undefined },
]);

/**
 * Flips a cluster of very many Services to every mode, and beside it lets the real tools load the same tables into a network
 * namespace of their own. The cluster's objects are there before anything is timed.
 * @returns {Promise<Figure[]>}
 */
export async function manyServices() {
  /** @type {{ openServices: Open }} */
  const { openServices } = await import(pathToFileURL(join(root, 'dist/core/simulation.js')).href);
  const big = openServices(services, endpoints);
  const small = openServices(10, endpoints);
  big.simulation.cluster();
  /** @type {Figure[]} */
  const figures = [];
  for (const { mode, tool, loader } of modes) {
    const flip = firstFlip(openServices, mode);
    const back = flipBack(big, mode);
    const [few, many] = [traceCost(small, mode, 10), traceCost(big, mode, services)];
    const start = performance.now();
    const lines = big.simulation.print(node, tool);
    const whole = performance.now() - start;
    figures.push(
      {
        name: `${mode}: flip and first trace, ${services} Services × ${endpoints}`,
        value: flip.wall,
        unit: 'ms',
        limit: 150,
      },
      { name: `${mode}: the same, processor time of all threads`, value: flip.processor, unit: 'ms' },
      { name: `${mode}: the same, coming back to a mode`, value: back.wall, unit: 'ms', limit: 150 },
      { name: `${mode}: a trace among 10 Services`, value: few, unit: 'ms' },
      { name: `${mode}: a trace among ${services} Services`, value: many, unit: 'ms' },
      { name: `${mode}: growth of a trace`, value: many / few, unit: '×', limit: 2 },
      { name: `${mode}: making and printing the whole table, ${lines.length} lines`, value: whole, unit: 'ms' },
    );
    if (loader === undefined) continue;
    const load = kernelLoads(loader, lines.map(({ text }) => text).join('\n'));
    if (typeof load === 'string') {
      console.error(`${loader} was not measured: ${load}`);
      continue;
    }
    const { took, givenUp } = load;
    const least = givenUp ? ', given up: at least' : '';
    figures.push(
      { name: `${mode}: ${loader} of the same text by the kernel${least}`, value: took, unit: 'ms' },
      { name: `${mode}: that against making and printing the whole table${least}`, value: took / whole, unit: '×' },
      { name: `${mode}: that against the flip${least}`, value: took / flip.wall, unit: '×' },
    );
  }
  globalThis.gc?.();
  figures.push({ name: 'memory with all of it', value: process.memoryUsage().heapUsed / 1e6, unit: 'MB' });
  return figures;
}

/**
 * From a cluster that another mode's packets cross, to one that has never been in this one.
 * @param {Open} open
 * @param {ProxyMode} mode
 */
function firstFlip(open, mode) {
  const times = Array.from({ length: flips }, () => {
    const opened = open(services, endpoints, { proxyMode: otherThan(mode) });
    opened.simulation.cluster();
    answered(opened.simulation.send(opened.requestTo(0)));
    return flipTo(opened, mode);
  });
  return median(times);
}

/**
 * @param {Opened} opened
 * @param {ProxyMode} mode
 */
function flipBack(opened, mode) {
  flipTo(opened, mode);
  const times = Array.from({ length: flips }, () => {
    flipTo(opened, otherThan(mode));
    return flipTo(opened, mode);
  });
  return median(times);
}

/** @param {readonly { wall: number, processor: number }[]} times */
function median(times) {
  return {
    wall: quantile(
      times.map(({ wall }) => wall),
      0.5,
    ),
    processor: quantile(
      times.map(({ processor }) => processor),
      0.5,
    ),
  };
}

/** @param {ProxyMode} mode */
function otherThan(mode) {
  return mode === 'nftables' ? 'ipvs' : 'nftables';
}

/**
 * @param {Opened} opened
 * @param {ProxyMode} mode
 */
function flipTo({ simulation, requestTo }, mode) {
  globalThis.gc?.();
  const [start, used] = [performance.now(), process.cpuUsage()];
  simulation.apply({ type: 'configure', settings: { proxyMode: mode } });
  answered(simulation.send(requestTo(services - 1)));
  const { user, system } = process.cpuUsage(used);
  return { wall: performance.now() - start, processor: (user + system) / 1000 };
}

/**
 * @param {Opened} opened
 * @param {ProxyMode} mode
 * @param {number} last the number of the last Service
 */
function traceCost({ simulation, requestTo }, mode, last) {
  simulation.apply({ type: 'configure', settings: { proxyMode: mode } });
  const flow = requestTo(last - 1);
  /** @type {number[]} */
  const times = [];
  for (let trace = 0; trace < traces; trace += 1) {
    const start = performance.now();
    answered(simulation.dryRun(flow));
    times.push(performance.now() - start);
  }
  return quantile(times.slice(traces / 3), 0.5);
}

/** @param {import('../../src/datamodel/flow/trace.ts').Conversation} conversation */
function answered({ outcomes }) {
  if (outcomes[0]?.type !== 'answered') throw new Error(`nobody answered: ${outcomes[0]?.text}`);
}
