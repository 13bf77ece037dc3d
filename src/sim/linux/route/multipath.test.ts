import { describe, expect, it } from 'vitest';
import { ipAddress, ipPrefix } from '../../../wire/address.ts';
import { address, loopback, namespace, veth } from '../testing/world.ts';
import { buildFib } from './fib.ts';
import { withKernelRoutes } from './kernelRoutes.ts';

const links = [
  loopback,
  veth('to-s1', 2, '02:00:00:00:00:01', 'other|a'),
  veth('to-s2', 3, '02:00:00:00:00:02', 'other|b'),
];
const addresses = [address('10.255.11.1/31 to-s1'), address('10.255.21.1/31 to-s2')];
const both = {
  id: 'ecmp',
  owner: 'host',
  table: 254,
  type: 'unicast',
  destination: ipPrefix('10.0.0.0/8'),
  nexthops: [
    { via: ipAddress('10.255.11.0'), dev: 'to-s1', weight: 1 },
    { via: ipAddress('10.255.21.0'), dev: 'to-s2', weight: 3 },
  ],
  scope: 'global',
  metric: 0,
  protocol: 'static',
} as const;
const destination = ipAddress('10.1.2.3');

function fibOf(down: readonly string[] = []) {
  const netns = namespace('t1', {
    links: links.map((link) => ({ ...link, up: !down.includes(link.name) })),
    addresses,
  });
  return buildFib(withKernelRoutes({ ...netns, routes: [both] }));
}

describe('a route with several next hops', () => {
  it('leads by the one that is drawn by weight, from the address of its device', () => {
    const asked: (readonly number[])[] = [];
    const second = (weights: readonly number[]): number => {
      asked.push(weights);
      return 1;
    };
    const found = fibOf().lookup({ destination, nexthop: second })?.result;
    expect(found).toMatchObject({ dev: 'to-s2', nextHop: '10.255.21.0', source: '10.255.21.1' });
    expect(asked).toEqual([[1, 3]]);
    expect(fibOf().lookup({ destination, nexthop: () => 0 })?.result?.nextHop).toBe('10.255.11.0');
  });

  it('leaves out those whose device is down, and is none when all are', () => {
    const never = (): never => {
      throw new Error('Nothing is left to draw');
    };
    expect(fibOf(['to-s2']).lookup({ destination, nexthop: never })?.result?.dev).toBe('to-s1');
    expect(fibOf(['to-s1', 'to-s2']).lookup({ destination })).toBeUndefined();
  });

  it('keeps to the device that a packet is bound to', () => {
    expect(fibOf().lookup({ destination, outputDevice: 'to-s2' })?.result?.dev).toBe('to-s2');
    expect(fibOf().lookup({ destination, outputDevice: 'lo' })).toBeUndefined();
  });
});
