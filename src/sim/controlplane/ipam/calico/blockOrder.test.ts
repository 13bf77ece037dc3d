import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatPrefix, ipPrefix, prefixContains } from '../../../../wire/address.ts';
import { blockOrder, blocksIn } from './blockOrder.ts';
import { ipPool } from './ipPool.ts';

describe('the order in which a host tries the blocks of a pool', () => {
  it.each([
    ['kind-worker', '192.168.0.0/16', 26, '192.168.162.128/26'],
    ['node-2', '192.168.0.0/16', 26, '192.168.247.0/26'],
    ['node-a', '192.168.0.0/16', 26, '192.168.174.128/26'],
  ])('starts for %s in %s where Go’s math/rand draws', (host, cidr, blockSize, first) => {
    const [block] = blockOrder({ cidr: ipPrefix(cidr), blockSize }, host);
    expect(block && formatPrefix(block)).toBe(first);
  });

  it('goes round once through every block', () => {
    const pools = fc.constantFrom(
      ['10.10.0.0/24', 26],
      ['10.10.0.0/16', 20],
      ['10.10.0.0/24', 32],
      ['fd80:24e2:f998:72d6::/120', 122],
      ['fd80:24e2:f998:72d6::/114', 116],
      ['fd80:24e2:f998:72d6::/120', 128],
    );
    fc.assert(
      fc.property(pools, fc.string(), ([text, blockSize], host) => {
        const pool = ipPool(ipPrefix(text as string), { blockSize: blockSize as number });
        const blocks = [...blockOrder(pool, host)];
        expect(BigInt(new Set(blocks.map(formatPrefix)).size)).toBe(blocksIn(pool));
        expect(blocks.every((block) => prefixContains(pool.cidr, block.address))).toBe(true);
      }),
    );
  });
});
