import { describe, expect, it } from 'vitest';
import type { AddressBlock, AddressUse } from '../../datamodel/cluster/addressSpace.ts';
import { formatPrefix, ipAddress, ipPrefix } from '../../wire/address.ts';
import { cellsOf } from './cells.ts';
import { describeCell, shortLabel } from './describe.ts';
import { within } from './within.ts';

function pod(address: string, node: string): AddressUse {
  return { address: ipAddress(address), state: 'pod', owner: `default/${address}`, node };
}

const NODE: AddressBlock = {
  prefix: ipPrefix('10.244.1.0/24'),
  name: 'podCIDR',
  node: 'worker-01',
  next: ipAddress('10.244.1.3'),
  blocks: [],
  uses: [pod('10.244.1.2', 'worker-01')],
};
const PODS: AddressBlock = { prefix: ipPrefix('10.244.0.0/16'), name: 'Pods', blocks: [NODE], uses: [] };
const SERVICES: AddressBlock = {
  prefix: ipPrefix('10.96.0.0/12'),
  name: 'Services',
  blocks: [],
  uses: [{ address: ipAddress('10.96.42.10'), state: 'service', owner: 'default/web' }],
};

describe('the cells of a range', () => {
  it('are what nodes have of it', () => {
    const cells = cellsOf(PODS);
    expect(cells).toHaveLength(256);
    expect(cells[1]).toMatchObject({ used: 1, block: { node: 'worker-01' }, nodes: ['worker-01'] });
    expect(cells.map((cell) => describeCell(cell)).slice(0, 2)).toEqual([
      '10.244.0.0/24: all 256 addresses free',
      '10.244.1.0/24, podCIDR of worker-01: 1 of 256 addresses in use',
    ]);
    expect(cells[1] && shortLabel(cells[1], 16)).toBe('1');
  });

  it('are its addresses where there are no more than 256', () => {
    const cells = cellsOf(within(PODS, NODE.prefix));
    expect(cells).toHaveLength(256);
    expect([cells[2], cells[3], cells[4]].map((cell) => cell && describeCell(cell))).toEqual([
      '10.244.1.2: Pod default/10.244.1.2 on worker-01',
      '10.244.1.3: free, next to be handed out',
      '10.244.1.4: free',
    ]);
  });

  it('come down to single addresses of a large range in steps of 256', () => {
    const [wide, narrow, single] = ['10.96.0.0/12', '10.96.32.0/20', '10.96.42.0/28'].map((text) =>
      cellsOf(within(SERVICES, ipPrefix(text))),
    );
    expect(wide?.find(({ used }) => used > 0)?.prefix).toEqual(ipPrefix('10.96.32.0/20'));
    expect(narrow?.filter(({ used }) => used > 0).map(({ prefix }) => formatPrefix(prefix))).toEqual(['10.96.42.0/28']);
    expect(single).toHaveLength(16);
    expect(single?.[10]?.use?.owner).toBe('default/web');
  });

  it('gather blocks that are too many to be shown one by one', () => {
    const blocks = Array.from(
      { length: 8 },
      (_, n): AddressBlock => ({
        prefix: ipPrefix(`10.0.0.${n * 4}/30`),
        name: 'block',
        node: `n${n}`,
        blocks: [],
        uses: [],
      }),
    );
    const cells = cellsOf({ prefix: ipPrefix('10.0.0.0/16'), name: 'Pods', blocks, uses: [] });
    expect(cells).toHaveLength(256);
    expect(cells[0] && describeCell(cells[0])).toBe('10.0.0.0/24, blocks of 8 nodes: all 256 addresses free');
  });

  it('cope with IPv6, whose ranges no map comes to the end of', () => {
    const cells = cellsOf({ prefix: ipPrefix('fd00::/64'), name: 'Pods', blocks: [], uses: [] });
    expect(cells).toHaveLength(256);
    expect(cells[255] && describeCell(cells[255])).toBe('fd00::ff00:0:0:0/72: all 2^56 addresses free');
  });
});
