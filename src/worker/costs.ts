import type { ProxyMode } from '../datamodel/cluster/command.ts';
import type { ServiceCost } from '../datamodel/cluster/serviceCost.ts';
import { measureServices } from '../sim/services/measureServices.ts';

/** What has been measured stays true. */
const known = new Map<string, ServiceCost>();
/** One at a time: each holds a whole cluster while it is measured. */
let queue: Promise<unknown> = Promise.resolve();

/** Measures in slices, between which the worker answers whoever else asks. */
export function costOf(mode: ProxyMode, services: number): Promise<ServiceCost> {
  const turn = queue.then(() => measured(mode, services));
  queue = turn.catch(() => undefined);
  return turn;
}

async function measured(mode: ProxyMode, services: number): Promise<ServiceCost> {
  const key = `${mode} ${services}`;
  const found = known.get(key);
  if (found !== undefined) return found;
  const measuring = measureServices(mode, services);
  let part = measuring.next();
  while (!part.done) {
    await new Promise((resolve) => setTimeout(resolve));
    part = measuring.next();
  }
  known.set(key, part.value);
  return part.value;
}
