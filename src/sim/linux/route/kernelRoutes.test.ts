import { describe, expect, it } from 'vitest';
import type { Netns } from '../../../datamodel/network/netns.ts';
import { formatPrefix, ipAddress } from '../../../wire/address.ts';
import { address, loopback, namespace, veth } from '../testing/world.ts';
import { withKernelRoutes } from './kernelRoutes.ts';

const eth0 = veth('eth0', 2, '02:00:00:00:00:01', 'other|eth0');

function routesOf(netns: Netns): readonly string[] {
  return withKernelRoutes(netns).routes.map((route) => {
    const table = route.table === 255 ? 'local' : 'main';
    return `${table} ${route.type} ${formatPrefix(route.destination)} ${route.dev} src ${route.source} ${route.scope}`;
  });
}

describe('[RT6] what a kernel derives from addresses', () => {
  it('is a local, a connected and a broadcast route', () => {
    expect(routesOf(namespace('n', { links: [eth0], addresses: [address('10.0.0.5/24 eth0')] }))).toEqual([
      'local local 10.0.0.5/32 eth0 src 10.0.0.5 host',
      'main unicast 10.0.0.0/24 eth0 src 10.0.0.5 link',
      'local broadcast 10.0.0.255/32 eth0 src 10.0.0.5 link',
    ]);
  });

  it('is a local route only for a /32, whose address may be the .0 of somebody else’s subnet', () => {
    expect(routesOf(namespace('n', { links: [eth0], addresses: [address('10.244.1.0/32 eth0')] }))).toEqual([
      'local local 10.244.1.0/32 eth0 src 10.244.1.0 host',
    ]);
  });

  it('has no broadcast in a /31', () => {
    expect(routesOf(namespace('n', { links: [eth0], addresses: [address('10.0.0.4/31 eth0')] }))).toEqual([
      'local local 10.0.0.4/32 eth0 src 10.0.0.4 host',
      'main unicast 10.0.0.4/31 eth0 src 10.0.0.4 link',
    ]);
  });

  it('knows a secondary address by its primary', () => {
    const addresses = [address('10.0.0.5/24 eth0'), address('10.0.0.6/24 eth0')];
    expect(routesOf(namespace('n', { links: [eth0], addresses }))).toContain(
      'local local 10.0.0.6/32 eth0 src 10.0.0.5 host',
    );
    expect(
      routesOf(namespace('n', { links: [eth0], addresses })).filter((line) => line.startsWith('main')),
    ).toHaveLength(1);
  });

  it('is all of 127/8 on lo, which has an address without being told', () => {
    const netns = withKernelRoutes(namespace('n', { links: [loopback] }));
    expect(netns.addresses.map((entry) => entry.address)).toEqual([ipAddress('127.0.0.1')]);
    expect(routesOf(namespace('n', { links: [loopback] }))).toContain('local local 127.0.0.0/8 lo src 127.0.0.1 host');
  });

  it('is a local route only while the device is down', () => {
    const links = [{ ...eth0, up: false }];
    expect(routesOf(namespace('n', { links, addresses: [address('10.0.0.5/24 eth0')] }))).toHaveLength(1);
  });

  it('is not added twice', () => {
    const once = withKernelRoutes(
      namespace('n', { links: [loopback, eth0], addresses: [address('10.0.0.5/24 eth0')] }),
    );
    expect(withKernelRoutes(once)).toEqual(once);
  });
});
