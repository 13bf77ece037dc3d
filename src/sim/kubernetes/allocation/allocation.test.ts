import { describe, expect, test } from 'vitest';
import { formatPrefix, ipAddress, ipPrefix, prefixContains } from '../../../wire/address.ts';
import { ClusterIpAllocator } from './clusterIps.ts';
import { NodeCidrSet } from './nodeCidrs.ts';
import { NodePortAllocator } from './nodePorts.ts';

describe('node CIDRs (pkg/controller/nodeipam/ipam/cidrset/cidr_set_test.go)', () => {
  const set = (cluster: string, length: number): NodeCidrSet => new NodeCidrSet(ipPrefix(cluster), length);
  const next = (cidrs: NodeCidrSet): string | undefined => {
    const cidr = cidrs.allocateNext();
    return cidr && formatPrefix(cidr);
  };

  test.each([
    ['127.123.3.0/16', 24, 0n, '127.123.0.0/24'],
    ['127.123.0.0/16', 24, 15n, '127.123.15.0/24'],
    ['192.168.5.219/28', 32, 5n, '192.168.5.213/32'],
    ['2001:db8:1234:3::/48', 64, 0n, '2001:db8:1234::/64'],
    ['2001:db8:85a3::8a2e:370:7334/50', 63, 6425n, '2001:db8:85a3:3232::/63'],
    ['2001:db8:1234:ff00::/56', 72, 15n, '2001:db8:1234:ff00:f00::/72'],
  ])('%s in /%i: number %i is %s', (cluster, length, index, expected) => {
    expect(formatPrefix(set(cluster, length).at(index))).toBe(expected);
  });

  test.each([
    ['127.0.0.0/8', 16, '127.123.0.0', 123n],
    ['192.168.0.0/16', 24, '192.168.12.0', 12n],
    ['2001:db8:1234::/48', 64, '2001:db8:1234:ff::1', 255n],
    ['127.0.0.0/8', 16, '10.0.0.0', undefined],
  ])('%s in /%i: %s is number %i', (cluster, length, address, expected) => {
    expect(set(cluster, length).indexOf(ipAddress(address))).toBe(expected);
  });

  test('all blocks in order, then none; released, the same again', () => {
    const cidrs = set('127.123.0.0/16', 24);
    const all = Array.from({ length: 256 }, () => next(cidrs));
    expect(all).toEqual(Array.from({ length: 256 }, (_, n) => `127.123.${n}.0/24`));
    expect(next(cidrs)).toBeUndefined();
    for (let n = 0; n < 256; n++) cidrs.release(ipPrefix(`127.123.${n}.0/24`));
    expect(Array.from({ length: 256 }, () => next(cidrs))).toEqual(all);
  });

  test('occupying counts each block once, whichever prefix names it', () => {
    const cidrs = set('10.42.0.0/16', 24);
    const count = (cidr: string): number => {
      cidrs.occupy(ipPrefix(cidr));
      return cidrs.allocated;
    };
    expect(['10.42.5.0/24', '10.42.9.0/24', '10.42.8.0/22', '10.42.9.0/24'].map(count)).toEqual([1, 2, 5, 5]);
    cidrs.release(ipPrefix('10.42.9.0/24'));
    cidrs.release(ipPrefix('10.42.9.0/24'));
    expect(cidrs.allocated).toBe(4);
    cidrs.release(ipPrefix('10.42.4.0/22'));
    expect(cidrs.allocated).toBe(3);
    expect(Array.from({ length: 253 }, () => next(cidrs))).not.toContain(undefined);
    expect(next(cidrs)).toBeUndefined();
  });

  test('the first block can be occupied like any other', () => {
    const cidrs = set('10.244.0.0/16', 24);
    expect(cidrs.occupy(ipPrefix('10.244.0.0/24'))).toBe(true);
    expect(next(cidrs)).toBe('10.244.1.0/24');
  });

  test('a released block waits for the cursor to come round', () => {
    const cidrs = set('10.244.0.0/16', 24);
    for (let n = 0; n < 3; n++) next(cidrs);
    cidrs.release(ipPrefix('10.244.1.0/24'));
    expect(next(cidrs)).toBe('10.244.3.0/24');
  });

  test('a prefix around the whole range takes it all, one beside it nothing', () => {
    const cidrs = set('10.244.0.0/16', 24);
    expect(cidrs.occupy(ipPrefix('10.245.0.0/24'))).toBe(false);
    expect(cidrs.occupy(ipPrefix('fd00::/64'))).toBe(false);
    expect(cidrs.occupy(ipPrefix('10.0.0.0/8'))).toBe(true);
    expect(next(cidrs)).toBeUndefined();
  });
});

describe('Service addresses', () => {
  test('come from above the first 256, all different, the same for the same Service', () => {
    const range = ipPrefix('10.96.0.0/12');
    const allocator = new ClusterIpAllocator(range, 7);
    const addresses = Array.from({ length: 500 }, (_, n) => allocator.allocate(`default/s${n}`));
    expect(new Set(addresses).size).toBe(500);
    for (const address of addresses) {
      expect(address && prefixContains(range, address)).toBe(true);
      expect(address?.startsWith('10.96.0.')).toBe(false);
    }
    expect(new ClusterIpAllocator(range, 7).allocate('default/s0')).toBe(addresses[0]);
    expect(new ClusterIpAllocator(range, 8).allocate('default/s0')).not.toBe(addresses[0]);
  });

  test('a small range is given out to its last address, and no further', () => {
    const allocator = new ClusterIpAllocator(ipPrefix('10.0.0.0/28'), 1);
    expect(allocator.reserve(ipAddress('10.0.0.1'))).toBeUndefined();
    const addresses = Array.from({ length: 13 }, (_, n) => allocator.allocate(`s${n}`));
    expect(new Set(addresses).size).toBe(13);
    expect(addresses).not.toContain(undefined);
    expect(addresses).not.toContain('10.0.0.0');
    expect(addresses).not.toContain('10.0.0.15');
    expect(allocator.allocate('one more')).toBeUndefined();
  });

  test.each([
    ['10.96.0.0', 'not in the valid range'],
    ['10.111.255.255', 'not in the valid range'],
    ['10.112.0.1', 'not in the valid range'],
    ['10.96.0.1', undefined],
    ['10.111.255.254', undefined],
  ])('%s: %s', (address, refusal) => {
    const answer = new ClusterIpAllocator(ipPrefix('10.96.0.0/12'), 1).reserve(ipAddress(address));
    if (refusal === undefined) expect(answer).toBeUndefined();
    else expect(answer).toContain(refusal);
  });
});

describe('node ports', () => {
  test('one number serves two protocols of one Service, never two Services', () => {
    const ports = new NodePortAllocator([30000, 32767], 1);
    expect(ports.reserve(30053, 'default/dns')).toBeUndefined();
    expect(ports.reserve(30053, 'default/dns')).toBeUndefined();
    expect(ports.reserve(30053, 'default/web')).toBe('provided port is already allocated');
  });

  test('are given out to the last', () => {
    const ports = new NodePortAllocator([30000, 30009], 1);
    const given = Array.from({ length: 10 }, (_, n) => ports.allocate(`s${n}`, 'TCP', 80));
    expect([...given].sort()).toEqual(Array.from({ length: 10 }, (_, n) => 30000 + n));
    expect(ports.allocate('one more', 'TCP', 80)).toBeUndefined();
  });
});
