import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from '../install.mjs';
import { quantile } from './statistics.mjs';

const conversations = 300;

/**
 * Times one HTTP conversation from a Pod through a Service to a Pod on another node, with all its steps and frames, in the
 * built core. Every conversation is traced anew from the same state; the first ones, before the engine has compiled
 * anything, are left out of the median and reported by their own.
 * @returns {Promise<import('../bench.mjs').Figure[]>}
 */
export async function conversationCost() {
  const { openSample } = await import(pathToFileURL(join(root, 'dist/core/simulation.js')).href);
  const simulation = openSample();
  const flow = acrossNodes(simulation.cluster());

  /** @type {number[]} */
  const times = [];
  let traces = 0;
  for (let run = 0; run < conversations; run += 1) {
    const start = performance.now();
    const conversation = simulation.dryRun(flow);
    times.push(performance.now() - start);
    if (!hasTunnel(conversation)) throw new Error('the conversation did not cross nodes');
    traces = conversation.traces.length;
  }
  const warm = times.slice(conversations / 3);
  return [
    { name: `HTTP conversation across nodes, ${traces} traces, the first`, value: times[0] ?? Number.NaN, unit: 'ms' },
    { name: 'HTTP conversation across nodes, median', value: quantile(warm, 0.5), unit: 'ms', limit: 5 },
    { name: 'HTTP conversation across nodes, p95', value: quantile(warm, 0.95), unit: 'ms' },
  ];
}

/**
 * A Pod that can ask a Service whose endpoint lies on another node.
 * @param {import('../../src/datamodel/cluster/view.ts').ClusterView} cluster
 * @returns {import('../../src/datamodel/flow/flow.ts').Flow}
 */
function acrossNodes({ pods, services }) {
  for (const { clusterIp, ports, endpoints } of services) {
    const port = ports.find(({ protocol }) => protocol === 'TCP')?.port;
    for (const endpoint of endpoints) {
      const server = pods.find(
        ({ name, namespace }) => endpoint.pod === name || endpoint.pod === `${namespace}/${name}`,
      );
      const client = pods.find((pod) => pod.phase === 'Running' && !pod.hostNetwork && pod.node !== server?.node);
      if (!clusterIp || !port || !server || !client || port === 53) continue;
      return {
        from: client.netns,
        to: { type: 'address', address: clusterIp },
        as: 'http',
        port,
        payload: 0,
        pick: { address: endpoint.address, port: endpoint.port },
        repeat: 1,
        warm: false,
      };
    }
  }
  throw new Error('the sample has no Service with an endpoint on another node');
}

/** @param {import('../../src/datamodel/flow/trace.ts').Conversation} conversation */
function hasTunnel({ traces }) {
  return traces.some(({ hops }) => hops.some(({ steps }) => steps.some(({ type }) => type === 'encapsulate')));
}
