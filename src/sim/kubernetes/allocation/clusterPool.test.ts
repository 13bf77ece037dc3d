import { describe, expect, test } from 'vitest';
import { formatPrefix, type IpPrefix, ipPrefix } from '../../../wire/address.ts';
import { ClusterPool } from './clusterPool.ts';

function pool(ipv4: readonly string[], ipv6: readonly string[] = []): ClusterPool {
  const created = ClusterPool.create({
    ipv4Cidrs: ipv4.map(ipPrefix),
    ipv4NodeLength: 24,
    ipv6Cidrs: ipv6.map(ipPrefix),
    ipv6NodeLength: 120,
  });
  if (!created.ok) throw new Error(created.error);
  return created.value;
}

function given(from: ClusterPool, node: string): readonly string[] | string {
  const cidrs = from.allocate(node);
  return cidrs.ok ? cidrs.value.map((cidr: IpPrefix) => formatPrefix(cidr)) : cidrs.error;
}

describe('cluster-pool', () => {
  test('gives each node a CIDR of each family, and the same again when asked again', () => {
    const from = pool(['10.0.0.0/8'], ['fd00::/104']);
    expect(given(from, 'a')).toEqual(['10.0.0.0/24', 'fd00::/120']);
    expect(given(from, 'b')).toEqual(['10.0.1.0/24', 'fd00::100/120']);
    expect(given(from, 'a')).toEqual(['10.0.0.0/24', 'fd00::/120']);
  });

  test('goes on to the next CIDR of the list when one is full, and says when all are', () => {
    const from = pool(['10.0.0.0/24', '10.1.0.0/24']);
    expect(['a', 'b', 'c'].map((node) => given(from, node))).toEqual([
      ['10.0.0.0/24'],
      ['10.1.0.0/24'],
      'allocator full',
    ]);
    from.release('a');
    expect(given(from, 'c')).toEqual(['10.0.0.0/24']);
  });

  test('keeps nothing of a node that got only one family', () => {
    const from = pool(['10.0.0.0/23'], ['fd00::/120']);
    given(from, 'a');
    expect(given(from, 'b')).toBe('allocator full');
    from.release('a');
    expect(given(from, 'c')).toEqual(['10.0.0.0/24', 'fd00::/120']);
  });

  test('takes what nodes have already, unless somebody else has it or no CIDR of the list does', () => {
    const from = pool(['10.0.0.0/16']);
    expect(from.occupy('a', [ipPrefix('10.0.0.0/24')])).toBeUndefined();
    expect(from.occupy('a', [ipPrefix('10.0.0.0/24')])).toBeUndefined();
    expect(from.occupy('a', [ipPrefix('10.0.9.0/24')])).toContain('conflict with requested CIDRs [10.0.9.0/24]');
    expect(from.occupy('b', [ipPrefix('10.0.0.0/24')])).toBe('requested CIDR (10.0.0.0/24) is already allocated');
    expect(from.occupy('b', [ipPrefix('10.9.0.0/24')])).toContain('allocator not configured');
    expect(from.occupy('b', [ipPrefix('fd00::/120')])).toContain('does not exist');
    expect(given(from, 'b')).toEqual(['10.0.1.0/24']);
  });

  test('refuses CIDRs that overlap and those of another family', () => {
    const create = (ipv4Cidrs: readonly string[]): unknown =>
      ClusterPool.create({
        ipv4Cidrs: ipv4Cidrs.map(ipPrefix),
        ipv4NodeLength: 24,
        ipv6Cidrs: [],
        ipv6NodeLength: 120,
      });
    expect(create(['10.0.0.0/8', '10.1.0.0/16'])).toMatchObject({
      error: 'requested CIDR 10.1.0.0/16 collides with clusterCIDR: 10.0.0.0/8, nodeMask: 24',
    });
    expect(create(['fd00::/104'])).toMatchObject({ error: 'CIDR is not v4 family: fd00::/104' });
  });
});
