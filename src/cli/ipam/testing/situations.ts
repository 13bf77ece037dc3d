import { CALICO_HANDLE_SITUATIONS } from './calicoHandleSituations.ts';
import { CALICO_SITUATIONS } from './calicoSituations.ts';
import { NODE_CIDR_SITUATIONS } from './nodeCidrSituations.ts';
import type { ExpectedOperation, Situation } from './situation.ts';

function hostLocal(name: string, input: object, ...operations: readonly ExpectedOperation[]): Situation {
  return { name, plugin: 'host-local', input, operations };
}

function add(containerID: string, expected: unknown, rest: object = {}): ExpectedOperation {
  return { op: 'ADD', containerID, ifname: 'eth0', expect: expected, ...rest } as ExpectedOperation;
}

const NONE = { errorContains: 'no IP addresses available in range set' };

const HOST_LOCAL: readonly Situation[] = [
  hostLocal(
    'goes on after the last address',
    { ranges: [[{ subnet: '10.0.0.0/29' }]], lastReservedIP: '10.0.0.3', reserved: ['10.0.0.4', '10.0.0.5'] },
    add('ID', { ip: '10.0.0.6' }),
  ),
  hostLocal(
    'comes round to the last address itself',
    {
      ranges: [[{ subnet: '10.0.0.0/29' }]],
      lastReservedIP: '10.0.0.3',
      reserved: ['10.0.0.2', '10.0.0.4', '10.0.0.5', '10.0.0.6'],
    },
    add('ID', { ip: '10.0.0.3' }),
  ),
  hostLocal(
    'rolls over to the first of three subnets',
    {
      ranges: [[{ subnet: '10.0.0.0/30' }, { subnet: '10.0.1.0/30' }, { subnet: '10.0.2.0/30' }]],
      lastReservedIP: '10.0.2.2',
    },
    add('ID', { ip: '10.0.0.2' }),
  ),
  hostLocal(
    'has none left in either subnet',
    { ranges: [[{ subnet: '10.0.0.0/30' }, { subnet: '10.0.1.0/30' }]], reserved: ['10.0.0.2', '10.0.1.2'] },
    add('ID', NONE),
  ),
  hostLocal(
    'does not take up at once what was given back',
    { ranges: [[{ subnet: '192.168.1.0/29' }]] },
    add('ID', { ips: ['192.168.1.2/29'] }),
    { op: 'DEL', containerID: 'ID', ifname: 'eth0' } as ExpectedOperation,
    add('ID', { ips: ['192.168.1.3/29'] }),
  ),
  hostLocal(
    'refuses an address before the range',
    { ranges: [[{ subnet: '192.168.1.0/29', rangeStart: '192.168.1.3' }]] },
    add('ID', { error: '192.168.1.2 not in range set 192.168.1.3-192.168.1.6' }, { requestedIP: '192.168.1.2' }),
  ),
  hostLocal(
    'gives each of several addresses that are asked for, or none at all',
    { ranges: [[{ subnet: '10.1.2.0/24' }], [{ subnet: '2001:db8:1::/64' }]] },
    add('a', { ips: ['10.1.2.88/24', '2001:db8:1::999/64'] }, { requestedIPs: ['10.1.2.88', '2001:db8:1::999'] }),
    add(
      'b',
      { error: 'failed to allocate all requested IPs: 10.1.2.77' },
      { requestedIPs: ['10.1.2.78', '10.1.2.77'] },
    ),
    add('b', { ips: ['10.1.2.79/24', '2001:db8:1::99b/64'] }),
  ),
  hostLocal(
    'gives another interface of the same container an address',
    { ranges: [[{ subnet: '10.0.0.0/29' }]] },
    add('ID', { ip: '10.0.0.2' }),
    add('ID', { ip: '10.0.0.3' }, { ifname: 'eth1' }),
  ),
  ...(
    [
      ['a clean prefix', { subnet: '192.0.2.0/24' }, { rangeStart: '192.0.2.1', rangeEnd: '192.0.2.254' }],
      ['a smaller one', { subnet: '192.0.2.0/25' }, { rangeEnd: '192.0.2.126', gateway: '192.0.2.1' }],
      [
        'a clean prefix of IPv6',
        { subnet: '2001:DB8:1::/64' },
        { rangeStart: '2001:db8:1::1', rangeEnd: '2001:db8:1:0:ffff:ffff:ffff:ffff', gateway: '2001:db8:1::1' },
      ],
      [
        'host bits of IPv6',
        { subnet: '2001:DB8:24:19ff::/63' },
        {
          error: 'Network has host bits set. For a subnet mask of length 63 the network address is 2001:db8:24:19fe::',
        },
      ],
      ['a subnet of two', { subnet: '192.0.2.0/31' }, { error: 'Network 192.0.2.0/31 too small to allocate from' }],
      [
        'host bits of a subnet of two',
        { subnet: '192.0.2.9/31' },
        { error: 'Network 192.0.2.9/31 too small to allocate from' },
      ],
      [
        'a start outside',
        { subnet: '192.0.2.0/24', rangeStart: '192.0.3.0' },
        { error: 'RangeStart 192.0.3.0 not in network 192.0.2.0/24' },
      ],
      [
        'a start after the end',
        { subnet: '192.0.2.0/24', rangeStart: '192.0.2.50', rangeEnd: '192.0.2.40' },
        { error: 'RangeStart 192.0.2.50 not in network 192.0.2.0/24' },
      ],
    ] as const
  ).map(([name, range, expected]) =>
    hostLocal(`canonicalizes ${name}`, { range }, { op: 'canonicalize', expect: expected }),
  ),
  ...(
    [
      [{ subnet: '0.0.0.0/24' }, { subnet: '::/24' }, false],
      [{ subnet: '10.0.0.0/24' }, { subnet: '10.0.0.0/24' }, true],
      [{ subnet: '10.0.0.0/20' }, { subnet: '10.0.1.0/24' }, true],
      [{ subnet: '10.0.0.0/24', rangeEnd: '10.0.0.127' }, { subnet: '10.0.0.0/24', rangeStart: '10.0.0.127' }, true],
    ] as const
  ).map(([a, b, overlap]) =>
    hostLocal(
      `overlap of ${JSON.stringify(a)} and ${JSON.stringify(b)}`,
      { a, b },
      { op: 'overlaps', expect: overlap },
    ),
  ),
  hostLocal(
    'a set whose ranges overlap',
    { ranges: [{ subnet: '192.168.0.0/20' }, { subnet: '192.168.2.0/24' }] },
    {
      op: 'canonicalizeSet',
      expect: { error: 'subnets 192.168.0.1-192.168.15.254 and 192.168.2.1-192.168.2.254 overlap' },
    },
  ),
];

function nodeCidr(name: string, clusterCIDR: string, nodeMaskSize: number, ...operations: object[]): Situation {
  return {
    name,
    plugin: 'nodecidr',
    input: { clusterCIDR, nodeMaskSize },
    operations: operations as unknown as readonly ExpectedOperation[],
  };
}

const NO_CIDR = {
  error: 'CIDR allocation failed; there are no remaining CIDRs left to allocate in the accepted range',
};

const NODE_CIDRS: readonly Situation[] = [
  nodeCidr(
    'a cluster of one node',
    'beef:1234::/30',
    30,
    { op: 'allocateNext', expect: { cidr: 'beef:1234::/30' } },
    { op: 'allocateNext', expect: NO_CIDR },
    { op: 'release', cidr: 'beef:1234::/30', expect: { allocated: 0 } },
    { op: 'allocateNext', expect: { cidr: 'beef:1234::/30' } },
  ),
  nodeCidr('an index in the middle of a group', '2001:db8:1234:ff00::370:7334/56', 72, {
    op: 'indexToCIDR',
    index: 6425,
    expect: { cidr: '2001:db8:1234:ff19:1900::/72' },
  }),
  nodeCidr('an index below the middle', '2001:db8:1234:ff00::370:7334/80', 96, {
    op: 'indexToCIDR',
    index: 6425,
    expect: { cidr: '2001:db8:1234:ff00:0:1919::/96' },
  }),
  nodeCidr('the index of an IPv6 CIDR', 'beef::/16', 24, {
    op: 'cidrToIndex',
    cidr: 'beef:9700::/24',
    expect: { index: 0x97 },
  }),
  nodeCidr(
    'the upper half occupied, of IPv6',
    'beef:1234::/16',
    24,
    { op: 'occupy', cidr: 'beef:8000::/17', expect: { allocated: 128 } },
    { op: 'occupy', cidr: 'beef:8000::/24', expect: { allocated: 128 } },
    { op: 'allocateNext', times: 128, expect: { ok: true } },
    { op: 'allocateNext', expect: NO_CIDR },
  ),
  ...(
    [
      ['127.0.0.0/8', 16, '127.0.0.0/2', 0, 255],
      ['2001:beef:1200::/40', 48, '2001:beef:1234::/34', 0, 255],
      ['127.0.0.0/8', 32, '127.0.0.0/16', 0, 65535],
      ['127.0.0.0/7', 16, '127.0.0.0/15', 256, 257],
      ['2001:beef:7f00::/39', 50, '2001:beef:7f00::/47', 1024, 1031],
      ['127.0.0.0/7', 15, '127.0.0.0/15', 128, 128],
    ] as const
  ).map(([cluster, length, cidr, begin, end]) =>
    nodeCidr(`occupying ${cidr} of ${cluster} in /${length}`, cluster, length, {
      op: 'occupy',
      cidr,
      expect: { begin, end, allocated: end - begin + 1 },
    }),
  ),
  nodeCidr('node CIDRs too far from an IPv6 cluster’s', 'beef:1234::/32', 49, {
    op: 'allocateNext',
    expect: { error: 'New CIDR set failed; the node CIDR size is too big' },
  }),
  nodeCidr(
    'host bits of the cluster CIDR',
    '2001:beef:1234:369b::/60',
    64,
    { op: 'allocateNext', expect: { cidr: '2001:beef:1234:3690::/64' } },
    { op: 'allocateNext', expect: { cidr: '2001:beef:1234:3691::/64' } },
  ),
  {
    name: 'Services inside the cluster CIDR',
    plugin: 'nodecidr',
    input: { clusterCIDR: '10.10.0.0/16', nodeMaskSize: 24, serviceCIDR: '10.10.0.0/23' },
    operations: [{ op: 'allocateNext', expect: { cidr: '10.10.2.0/24' } }],
  },
];

function aws(name: string, input: object, pods: number, expected: object): Situation {
  return {
    name,
    plugin: 'aws-vpc-cni',
    input,
    operations: [{ op: 'steadyState', pods, expect: expected } as ExpectedOperation],
  };
}

const SMALL = { instanceType: 't3.small' };
const BIG = { instanceType: 'p3dn.24xlarge' };

const AWS: readonly Situation[] = [
  ...(
    [
      [SMALL, { WARM_ENI_TARGET: 1 }, 0, [3], 3],
      [SMALL, { WARM_ENI_TARGET: 1 }, 5, [3, 3, 3], 4],
      [SMALL, { WARM_IP_TARGET: 1, MINIMUM_IP_TARGET: 1 }, 0, [1], 1],
      [SMALL, { WARM_IP_TARGET: 1, MINIMUM_IP_TARGET: 1 }, 5, [3, 3], 1],
      [SMALL, { WARM_IP_TARGET: 1, MINIMUM_IP_TARGET: 1 }, 9, [3, 3, 3], 0],
      [SMALL, { WARM_IP_TARGET: 2, MINIMUM_IP_TARGET: 5 }, 5, [3, 3, 1], 2],
      [SMALL, { WARM_IP_TARGET: 2, MINIMUM_IP_TARGET: 5 }, 9, [3, 3, 3], 0],
      [BIG, { WARM_ENI_TARGET: 1 }, 0, [49], 49],
      [BIG, { WARM_ENI_TARGET: 1 }, 3, [49, 49], 95],
      [BIG, { WARM_IP_TARGET: 5, MINIMUM_IP_TARGET: 10 }, 0, [10], 10],
      [BIG, { WARM_IP_TARGET: 5, MINIMUM_IP_TARGET: 10 }, 7, [12], 5],
    ] as const
  ).map(([type, targets, pods, ipsPerENI, unusedIPs]) =>
    aws(`${type.instanceType} ${JSON.stringify(targets)}, ${pods} Pods`, { ...type, ...targets }, pods, {
      enis: ipsPerENI.length,
      ipsPerENI,
      secondaryIPs: ipsPerENI.reduce((sum: number, count) => sum + count, 0),
      unusedIPs,
    }),
  ),
  ...(
    [
      [SMALL, { WARM_PREFIX_TARGET: 1 }, 5, [2], 27],
      [SMALL, { WARM_PREFIX_TARGET: 1 }, 58, [3, 2], 22],
      [SMALL, { WARM_IP_TARGET: 1, MINIMUM_IP_TARGET: 1 }, 5, [1], 11],
      [SMALL, { WARM_IP_TARGET: 1, MINIMUM_IP_TARGET: 1 }, 58, [3, 1], 6],
      [SMALL, { WARM_IP_TARGET: 7, MINIMUM_IP_TARGET: 20 }, 5, [2], 27],
      [SMALL, { WARM_IP_TARGET: 7, MINIMUM_IP_TARGET: 20 }, 17, [2], 15],
      [SMALL, { WARM_IP_TARGET: 7, MINIMUM_IP_TARGET: 20 }, 58, [3, 2], 22],
      [BIG, { WARM_IP_TARGET: 5, MINIMUM_IP_TARGET: 10 }, 15, [2], 17],
    ] as const
  ).map(([type, targets, pods, prefixesPerENI, unusedIPs]) =>
    aws(
      `${type.instanceType} prefixes ${JSON.stringify(targets)}, ${pods} Pods`,
      { ...type, ...targets, prefixDelegation: true },
      pods,
      { enis: prefixesPerENI.length, prefixesPerENI, unusedIPs },
    ),
  ),
  ...(
    [
      ['t3.nano', 4],
      ['m5.large', 29],
      ['c5.18xlarge', 737],
      ['c1.medium', 12],
      ['a1.metal', 234],
    ] as const
  ).map(
    ([instanceType, maxPods]): Situation => ({
      name: `maxPods of ${instanceType}`,
      plugin: 'aws-vpc-cni',
      input: { instanceType },
      operations: [{ op: 'maxPods', expect: { maxPods } }],
    }),
  ),
  {
    name: 'an address cools down for 30 seconds, then its interface goes',
    plugin: 'aws-vpc-cni',
    input: { instanceType: 't3.small', WARM_IP_TARGET: 1, MINIMUM_IP_TARGET: 1 },
    operations: [
      { op: 'assign', pod: 'a', expect: { ip: '10.0.0.5', eni: 0 } },
      { op: 'unassign', pod: 'a', expect: { ip: '10.0.0.5' } },
      { op: 'state', expect: { coolingIPs: 1 } },
      { op: 'assign', pod: 'b', expect: { ip: '10.0.0.6' } },
      { op: 'wait', seconds: 31, expect: { coolingIPs: 0 } },
    ] as readonly ExpectedOperation[],
  },
];

/** Situations that upstream's tests and documents describe beyond the recorded ones. */
export const SITUATIONS: readonly Situation[] = [
  ...HOST_LOCAL,
  ...NODE_CIDRS,
  ...NODE_CIDR_SITUATIONS,
  ...AWS,
  ...CALICO_SITUATIONS,
  ...CALICO_HANDLE_SITUATIONS,
];
