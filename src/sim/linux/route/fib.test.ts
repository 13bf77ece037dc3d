import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Route } from '../../../datamodel/network/tables.ts';
import { type IpAddress, ipAddress, ipv4FromNumber, prefixContains } from '../../../wire/address.ts';
import { route } from '../testing/lab.ts';
import { address, loopback, namespace, veth } from '../testing/world.ts';
import { buildFib } from './fib.ts';
import { withKernelRoutes } from './kernelRoutes.ts';

const eth0 = veth('eth0', 2, '02:00:00:00:00:01', 'other|eth0');
const eth1 = veth('eth1', 3, '02:00:00:00:00:02', 'other|eth1');
const down = veth('down0', 4, '02:00:00:00:00:03', 'other|down0', { up: false });
const base = namespace('n', {
  links: [loopback, eth0, eth1, down],
  addresses: [address('10.0.0.5/24 eth0'), address('10.1.0.5/16 eth1')],
});

/** The slow truth: every route that matches, local table first, longest prefix, lowest metric, first written. */
function scan(routes: readonly Route[], destination: IpAddress): Route | undefined {
  for (const table of [255, 254]) {
    const matching = routes.filter((entry) => entry.table === table && prefixContains(entry.destination, destination));
    const [best] = matching.toSorted((a, b) => b.destination.length - a.destination.length || a.metric - b.metric);
    if (best) return best;
  }
  return undefined;
}

/** Addresses close to each other, so that prefixes overlap often. */
const someAddress = fc.integer({ min: 0, max: 0x3ff }).map((low) => ipv4FromNumber((0x0a000000 | low) >>> 0));
const someRoute = fc.record({
  id: fc.uuid(),
  owner: fc.constant('test'),
  table: fc.constantFrom(254, 254, 254, 255),
  type: fc.constantFrom('unicast' as const, 'blackhole' as const, 'prohibit' as const),
  destination: fc.record({ address: someAddress, length: fc.integer({ min: 0, max: 32 }) }),
  dev: fc.constantFrom('eth0', 'eth1'),
  scope: fc.constant('link' as const),
  metric: fc.integer({ min: 0, max: 3 }),
  protocol: fc.constant('static' as const),
});

describe('the route lookup', () => {
  it('[RT1] finds what a walk over all routes finds', () => {
    fc.assert(
      fc.property(
        fc.array(someRoute, { maxLength: 40 }),
        fc.array(someAddress, { maxLength: 20 }),
        (routes, addresses) => {
          const fib = buildFib({ ...base, routes });
          for (const destination of addresses)
            expect(fib.lookup({ destination })?.route).toBe(scan(routes, destination));
        },
      ),
    );
  });

  it('[RT1] asks table local before table main, whatever the prefix', () => {
    const routes = [route('10.0.0.5/32', 'eth1'), route('0.0.0.0/0', 'eth1')];
    const fib = buildFib(withKernelRoutes({ ...base, routes }));
    const found = fib.lookup({ destination: ipAddress('10.0.0.5') });
    expect(found?.route.type).toBe('local');
    expect(found?.result?.dev).toBe('lo');
  });

  it('[RT2] keeps to the device a packet is bound to', () => {
    const fib = buildFib(withKernelRoutes({ ...base, routes: [route('10.0.0.0/25', 'eth1')] }));
    const destination = ipAddress('10.0.0.9');
    expect(fib.lookup({ destination })?.result?.dev).toBe('eth1');
    expect(fib.lookup({ destination, outputDevice: 'eth0' })?.result?.dev).toBe('eth0');
    expect(fib.lookup({ destination, outputDevice: 'lo' })).toBeUndefined();
  });

  it('[RT3] takes no route over a device that is down, but still knows its own addresses', () => {
    const netns = { ...base, addresses: [address('10.7.0.5/24 down0')], routes: [route('10.8.0.0/24', 'down0')] };
    const fib = buildFib(withKernelRoutes(netns));
    expect(fib.lookup({ destination: ipAddress('10.8.0.1') })).toBeUndefined();
    expect(fib.lookup({ destination: ipAddress('10.7.0.9') })).toBeUndefined();
    expect(fib.addressType(ipAddress('10.7.0.5'))).toBe('LOCAL');
  });

  it('[RT4] says what kind of address it is', () => {
    const fib = buildFib(withKernelRoutes(base));
    const type = (text: string): string => fib.addressType(ipAddress(text));
    expect(type('10.0.0.5')).toBe('LOCAL');
    expect(type('127.1.2.3')).toBe('LOCAL');
    expect(type('10.0.0.255')).toBe('BROADCAST');
    expect(type('255.255.255.255')).toBe('BROADCAST');
    expect(type('224.0.0.1')).toBe('MULTICAST');
    expect(type('10.0.0.0')).toBe('UNICAST');
    expect(type('8.8.8.8')).toBe('UNICAST');
  });
});

describe('source address selection', () => {
  it('[RT5] prefers the address of the gateway’s subnet', () => {
    const addresses = [address('192.0.2.1/24 eth0'), address('10.0.0.5/24 eth0')];
    const fib = buildFib(withKernelRoutes({ ...base, addresses }));
    expect(fib.selectSource('eth0', ipAddress('10.0.0.1'))).toBe('10.0.0.5');
    expect(fib.selectSource('eth0', ipAddress('198.51.100.1'))).toBe('192.0.2.1');
  });

  it('[RT5] borrows another device’s address where the device has none, never that of lo', () => {
    const fib = buildFib(withKernelRoutes({ ...base, addresses: [address('10.1.0.5/16 eth1')] }));
    expect(fib.selectSource('eth0', ipAddress('10.0.0.1'))).toBe('10.1.0.5');
    expect(
      buildFib(withKernelRoutes({ ...base, addresses: [] })).selectSource('eth0', ipAddress('10.0.0.1')),
    ).toBeUndefined();
  });

  it('[RT5] obeys a route’s preferred source', () => {
    const routes = [{ ...route('198.51.100.0/24', 'eth0', ipAddress('10.0.0.1')), source: ipAddress('10.1.0.5') }];
    const fib = buildFib(withKernelRoutes({ ...base, routes }));
    expect(fib.lookup({ destination: ipAddress('198.51.100.7') })?.result?.source).toBe('10.1.0.5');
  });
});
