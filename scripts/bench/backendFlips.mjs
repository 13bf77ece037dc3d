import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from '../install.mjs';
import { quantile } from './statistics.mjs';

const sizes = [3, 500];
const podsPerNode = 4;
const flips = 2;
/** A tunnel to routes, routes to BGP, and back. */
const backends = /** @type {const} */ (['flannel-host-gw', 'calico-bgp', 'flannel-vxlan']);

/** @typedef {import('../bench.mjs').Figure} Figure */
/** @typedef {import('../../src/sim/simulation.ts').Simulation} Simulation */

/**
 * Flips clusters of few and of many nodes from backend to backend: what the rebuild takes, what the first trace after it takes,
 * which is when the kernels on the way are written, and how both grow.
 * @returns {Promise<Figure[]>}
 */
export async function backendFlips() {
  const { createSimulation } = await import(pathToFileURL(join(root, 'dist/core/simulation.js')).href);
  const [few, many] = sizes.map((nodes) => {
    const created = createSimulation([{ name: 'cluster.yaml', text: manifest(nodes) }]);
    if (!created.ok) throw new Error(created.error[0]?.message);
    return measure(created.value);
  });
  if (!few || !many) return [];
  return backends.flatMap((cni) => {
    const [small, big] = [few.get(cni), many.get(cni)];
    if (!small || !big) return [];
    return [
      { name: `${cni}: flip, ${sizes[0]} nodes`, value: small.flip, unit: 'ms' },
      { name: `${cni}: flip, ${sizes[1]} nodes`, value: big.flip, unit: 'ms' },
      { name: `${cni}: growth of a flip`, value: big.flip / small.flip, unit: '×' },
      { name: `${cni}: first trace after it, ${sizes[0]} nodes`, value: small.trace, unit: 'ms' },
      { name: `${cni}: first trace after it, ${sizes[1]} nodes`, value: big.trace, unit: 'ms' },
      { name: `${cni}: growth of the first trace`, value: big.trace / small.trace, unit: '×' },
    ];
  });
}

/** @param {Simulation} simulation */
function measure(simulation) {
  /** @type {Map<string, { flip: number, trace: number }>} */
  const found = new Map();
  /** @type {Record<string, { flips: number[], traces: number[] }>} */
  const times = Object.fromEntries(backends.map((cni) => [cni, { flips: [], traces: [] }]));
  for (let round = 0; round < flips; round += 1) {
    for (const cni of backends) {
      globalThis.gc?.();
      const start = performance.now();
      const applied = simulation.apply({ type: 'configure', settings: { cni } });
      const flipped = performance.now();
      if (!applied.ok) throw new Error(applied.problems[0]?.message);
      answered(simulation.send(acrossNodes(simulation)));
      times[cni]?.flips.push(flipped - start);
      times[cni]?.traces.push(performance.now() - flipped);
    }
  }
  for (const [cni, { flips: all, traces }] of Object.entries(times))
    found.set(cni, { flip: quantile(all, 0.5), trace: quantile(traces, 0.5) });
  return found;
}

/**
 * From the first node's Pod to the last one's.
 * @param {Simulation} simulation
 * @returns {import('../../src/datamodel/flow/flow.ts').Flow}
 */
function acrossNodes(simulation) {
  const pods = simulation.cluster().pods.filter(({ address, hostNetwork }) => address && !hostNetwork);
  const first = pods[0];
  const last = pods.findLast(({ node }) => node !== first?.node);
  if (!first || !last?.address) throw new Error('there are no Pods on two nodes');
  return {
    from: first.netns,
    to: { type: 'address', address: last.address },
    as: 'ping',
    payload: 56,
    repeat: 1,
    warm: false,
  };
}

/** @param {import('../../src/datamodel/flow/trace.ts').Conversation} conversation */
function answered({ outcomes }) {
  if (outcomes[0]?.type !== 'answered') throw new Error(`nobody answered: ${outcomes[0]?.text}`);
}

/** @param {number} nodes */
function manifest(nodes) {
  const documents = Array.from({ length: nodes }, (_, i) => {
    const address = `192.168.${(i + 10) >> 8}.${(i + 10) & 255}`;
    const cidr = `10.${244 + (i >> 8)}.${i & 255}.0/24`;
    return `apiVersion: v1
kind: Node
metadata: {name: node-${i}}
spec: {podCIDR: ${cidr}}
status: {addresses: [{type: InternalIP, address: ${address}}]}`;
  });
  const workload = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: ${nodes * podsPerNode}
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: web, ports: [{containerPort: 8080}]}]}`;
  return [...documents, workload].join('\n---\n');
}
