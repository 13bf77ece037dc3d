import '../testing/allModes.ts';
import { expect, it } from 'vitest';
import type { ProxyMode } from '../../datamodel/cluster/command.ts';
import type { ServiceCost } from '../../datamodel/cluster/serviceCost.ts';
import { measureServices } from './measureServices.ts';

function measure(mode: ProxyMode, services: number): ServiceCost {
  const measuring = measureServices(mode, services);
  let part = measuring.next();
  while (!part.done) part = measuring.next();
  return part.value;
}

it('iptables tries one rule more for every Service before the one that is asked for', () => {
  const [few, many] = [measure('iptables', 100), measure('iptables', 700)];
  expect(many.last.rules - few.last.rules).toBe(600);
  expect(many.median.rules - few.median.rules).toBe(300);
  expect(many.last.lookups).toBe(0);
});

it.each(['nftables', 'ipvs'] as const)('%s does as much for many Services as for few', (mode) => {
  const [few, many] = [measure(mode, 100), measure(mode, 700)];
  expect(many.last).toEqual(few.last);
  expect(many.median).toEqual(many.last);
  expect(many.last.lookups).toBeGreaterThan(0);
});

it('eBPF leaves nothing to do for a packet: its socket was given the endpoint', () => {
  expect(measure('ebpf', 100).last).toEqual({ rules: 0, lookups: 0 });
});

it.each([
  // a jump, a mark and three choices, and two rules for each endpoint
  ['iptables', 1 + 1 + 3 + 3 * 2],
  // an element, a mark and a choice, and two rules for each endpoint
  ['nftables', 1 + 1 + 1 + 3 * 2],
  // two set members, an address, a virtual server and three real ones
  ['ipvs', 2 + 1 + 1 + 3],
  // a service with a slot for each endpoint, three backends and the way back
  ['ebpf', 1 + 3 + 3 + 1],
] as const)('in %s mode a Service is so many entries', (mode, entries) => {
  const [few, many] = [measure(mode, 10), measure(mode, 60)];
  expect(many.entries - few.entries).toBe(50 * entries);
});
