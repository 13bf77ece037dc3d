import type { ProxyMode } from '../../datamodel/cluster/command.ts';
import type { Effort, ServiceCost } from '../../datamodel/cluster/serviceCost.ts';
import type { Step } from '../../datamodel/flow/step.ts';
import { Cluster } from '../cluster.ts';
import { run } from '../linux/run.ts';
import { DEFAULT_SETTINGS } from '../simulation.ts';
import { countEntries } from './countEntries.ts';
import { CLIENT_NODE, serviceCluster, serviceRequest } from './serviceCluster.ts';

/** Of each Service: enough that one has to be chosen. */
const ENDPOINTS = 3;

/**
 * Builds a cluster of so many Services, sends one request to the last of them and one to the median, and counts what the
 * client's node did for it and what its tables hold. Yields now and then, so that whoever waits for something else gets it.
 */
export function* measureServices(proxyMode: ProxyMode, services: number): Generator<void, ServiceCost> {
  const prepared = serviceCluster(services, ENDPOINTS);
  yield;
  const cluster = Cluster.build(prepared, { ...DEFAULT_SETTINGS, proxyMode });
  yield;
  const last = effortTo(cluster, services - 1);
  yield;
  const median = effortTo(cluster, (services - 1) >> 1);
  yield;
  const node = cluster.netns(CLIENT_NODE);
  const entries = node ? yield* countEntries(node) : 0;
  return { proxyMode, services, endpoints: ENDPOINTS, last, median, entries };
}

/** What the first packet met until it was addressed to an endpoint; nothing, if it was from the beginning. */
function effortTo(cluster: Cluster, place: number): Effort {
  const flow = { ...serviceRequest(place), as: 'tcp', warm: false } as const;
  const { traces } = run({ flow, netns: (id) => cluster.netns(id), learned: new Map(), seed: 1, start: 0 });
  const request = traces.find(({ role, exchange }) => role === 'forward' && exchange === 'flow');
  if (request?.disposition.type !== 'delivered') throw new Error(`the request to Service ${place + 1} got lost`);
  const steps = request.hops.flatMap((hop): readonly Step[] => hop.steps);
  const translated = steps.findIndex(({ type }) => type === 'translate');
  const effort = { rules: 0, lookups: 0 };
  for (const step of steps.slice(0, Math.max(0, translated))) {
    if (step.type === 'hook') {
      effort.rules += step.rulesEvaluated;
      effort.lookups += step.lookups ?? 0;
    } else if (step.type === 'ipvs') effort.lookups++;
  }
  return effort;
}
