import type { ExpectedOperation, Situation } from './situation.ts';

function situation(plugin: string, name: string, input: object, ...operations: object[]): Situation {
  return { name, plugin, input, operations: operations as unknown as readonly ExpectedOperation[] };
}

const FOUR_NODES = { clusterCIDR: '127.123.234.0/28', nodeMaskSize: 30 };
const DUAL = { clusterCIDRs: ['10.10.0.0/16', 'ace:cab:deca::/8'], nodeMaskSizes: [24, 24] };
const ALLOCATE = { op: 'allocateNode', node: 'node9' };

function withNode(podCIDRs: readonly string[], input: object = DUAL): object {
  return { ...input, nodes: [{ name: 'node0', podCIDRs }] };
}

/** What the tests of kube-controller-manager's range allocator and of Cilium's operator do, restated. */
export const NODE_CIDR_SITUATIONS: readonly Situation[] = [
  situation('nodecidr', 'nodes that have CIDRs keep them', withNode(['10.10.0.1/24', 'a00::/86']), {
    ...ALLOCATE,
    expect: { podCIDRs: ['10.10.1.0/24', 'a00:100::/24'] },
  }),
  ...(
    [
      [
        ['172.10.0.1/24', 'a00::/86'],
        'failed to mark cidr[172.10.0.0/24] at idx [0] as occupied for node: node0: cidr 172.10.0.0/24 is out the range of cluster cidr 10.10.0.0/16',
      ],
      [['10.10.0.1/24', 'cdd::/86'], 'at idx [1] as occupied for node: node0'],
      [['10.10.0.1/24', 'a00::/86', '10.9.0.0/24'], 'at index:2 that does not exist in cluster cidrs configuration'],
    ] as const
  ).map(([podCIDRs, errorContains]) =>
    situation('nodecidr', `a node that cannot have ${podCIDRs.join(' ')} stops the controller`, withNode(podCIDRs), {
      ...ALLOCATE,
      expect: { errorContains },
    }),
  ),
  situation(
    'nodecidr',
    'a CIDR that was given back is given again',
    FOUR_NODES,
    ...[4, 8, 12].map((last) => ({ op: 'occupy', cidr: `127.123.234.${last}/30` })),
    { ...ALLOCATE, expect: { podCIDRs: ['127.123.234.0/30'] } },
    { ...ALLOCATE, expect: { podCIDRs: ['127.123.234.0/30'] } },
    {
      op: 'allocateNode',
      node: 'node1',
      expect: { errorContains: 'from cluster cidr at idx:0: CIDR allocation failed' },
    },
    {
      op: 'releaseNode',
      node: 'node0',
      podCIDRs: ['10.0.0.0/30'],
      expect: { errorContains: 'error when releasing CIDR' },
    },
    { op: 'releaseNode', node: 'node9', expect: { ok: true } },
    { op: 'releaseNode', node: 'node9', expect: { ok: true } },
    { op: 'allocateNode', node: 'node1', expect: { podCIDRs: ['127.123.234.0/30'] } },
  ),
  situation(
    'nodecidr',
    'a controller that starts again finds what nodes have',
    { clusterCIDR: '10.244.0.0/16', nodeMaskSize: 24 },
    { op: 'allocateNext', node: 'a', expect: { cidr: '10.244.0.0/24' } },
    { op: 'allocateNext', node: 'b', expect: { cidr: '10.244.1.0/24' } },
    { op: 'release', node: 'a', expect: { allocated: 1 } },
    { op: 'controllerRestart', expect: { allocated: 1 } },
    { op: 'allocateNext', expect: { cidr: '10.244.0.0/24' } },
    { op: 'controllerRestart', occupied: ['10.9.0.0/24'], expect: { errorContains: 'out the range' } },
  ),
  situation(
    'nodecidr',
    'a cluster CIDR smaller than a node’s',
    { clusterCIDR: '10.0.0.0/26', nodeMaskSize: 24 },
    { op: 'allocateNext', expect: { errorContains: 'Controller: Invalid --cluster-cidr, mask size of cluster CIDR' } },
  ),
  situation(
    'cluster-pool',
    'a node that has but one family gets the other',
    { clusterPoolIPv4PodCIDRList: ['10.0.0.0/23'], clusterPoolIPv6PodCIDRList: ['fd00::/119'] },
    {
      op: 'occupyNode',
      node: 'a',
      podCIDRs: ['10.0.0.0/24'],
      expect: { ok: true, podCIDRs: ['10.0.0.0/24', 'fd00::/120'] },
    },
    { op: 'allocateNode', node: 'b', expect: { podCIDRs: ['10.0.1.0/24', 'fd00::100/120'] } },
    { op: 'allocateNode', node: 'c', expect: { error: 'allocator full' } },
  ),
  ...(
    [
      ['10.0.0.0/26', 24, 'allocator full'],
      ['10.0.0.0/16', 33, 'SubNetMask is invalid, should be lower or equal to 32 for IPv4 and to 128 for IPv6'],
    ] as const
  ).map(([cidr, length, error]) =>
    situation(
      'cluster-pool',
      `nodes’ /${length} of ${cidr}`,
      { clusterPoolIPv4PodCIDRList: [cidr], clusterPoolIPv4MaskSize: length },
      { ...ALLOCATE, expect: { error } },
    ),
  ),
];
