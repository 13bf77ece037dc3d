import type { ExpectedOperation, Situation } from './situation.ts';

function calico(name: string, input: object, ...operations: object[]): Situation {
  return { name, plugin: 'calico-ipam', input, operations: operations as unknown as readonly ExpectedOperation[] };
}

const V4 = { cidr: '192.168.1.0/24', blockSize: 26 };
const V6 = { cidr: 'fd80:24e2:f998:72d6::/120', blockSize: 122 };
const FOO_BAR = { foo: 'bar' };

/** What libcalico-go/lib/ipam's tests do, restated. */
export const CALICO_SITUATIONS: readonly Situation[] = [
  calico(
    'a limit of one block',
    { pools: [V4, V6], maxBlocksPerHostRequest: 1 },
    {
      op: 'autoAssign',
      host: 'test-host',
      num4: 256,
      expect: {
        count: 64,
        message: 'Need to allocate an IPAM block but could not - limit of 1 blocks reached for this node',
        error: 'cannot allocate new block due to per host block limit',
      },
    },
  ),
  calico(
    'a limit of one block, IPv6',
    { pools: [V4, V6], maxBlocksPerHostRequest: 1 },
    { op: 'autoAssign', host: 'test-host', num6: 256, expect: { count: 64, error: true } },
  ),
  calico(
    'one IPv6 address more than the pool holds',
    { pools: [V4, V6] },
    {
      op: 'autoAssign',
      host: 'test-host',
      num6: 257,
      expect: { count: 256, message: 'No IPs available in pools: [fd80:24e2:f998:72d6::/120]', error: null },
    },
  ),
  calico(
    'strict affinity leaves the other pool alone',
    {
      pools: [
        { cidr: '192.168.1.0/26', blockSize: 26 },
        { cidr: '192.168.1.64/26', blockSize: 26 },
      ],
      config: { strictAffinity: true },
    },
    {
      op: 'autoAssign',
      host: 'test-host',
      num4: 256,
      pools: ['192.168.1.0/26'],
      expect: { count: 64, message: 'No more free affine blocks and strict affinity enabled', error: null },
    },
  ),
  calico(
    'the limit of 20 blocks where nothing says how many',
    { pools: [{ cidr: '10.0.0.0/16', blockSize: 30 }] },
    {
      op: 'autoAssign',
      host: 'a',
      num4: 100,
      expect: {
        count: 80,
        message: 'Need to allocate an IPAM block but could not - limit of 20 blocks reached for this node',
        error: true,
      },
    },
  ),
  calico(
    'the cluster’s limit of blocks, the request’s, and the stricter of both',
    { pools: [{ cidr: '10.0.0.0/28', blockSize: 30 }], config: { strictAffinity: true, maxBlocksPerHost: 2 } },
    { op: 'autoAssign', host: 'host1', num4: 8, expect: { count: 8, error: null } },
    { op: 'autoAssign', host: 'host1', num4: 1, expect: { count: 0, error: true } },
    { op: 'autoAssign', host: 'host2', num4: 1, expect: { count: 1 } },
    { op: 'autoAssign', host: 'host1', num4: 1, maxBlocksPerHost: 3, expect: { count: 0, error: true } },
    { op: 'setConfig', config: { strictAffinity: true, maxBlocksPerHost: 3 }, expect: { error: null } },
    { op: 'autoAssign', host: 'host1', num4: 1, maxBlocksPerHost: 2, expect: { count: 0, error: true } },
    { op: 'autoAssign', host: 'host1', num4: 1, expect: { count: 1, error: null } },
  ),
  calico(
    'Windows keeps four addresses of every block',
    { pools: [{ cidr: '100.0.0.0/24', blockSize: 26 }], os: 'windows' },
    { op: 'autoAssign', host: 'testHost', num4: 256, expect: { count: 240 } },
  ),
  calico(
    'blocks too small for what a host keeps',
    { pools: [V4], hostReservedAttr: { startOfBlock: 65, endOfBlock: 65 } },
    { op: 'autoAssign', host: 'testHost', num4: 1, expect: { count: 0, error: 'cannot find a qualified ippool' } },
  ),
  calico(
    'pools by what they are for',
    {
      pools: [
        { cidr: '192.168.2.0/24', blockSize: 32, allowedUses: ['Workload'] },
        { cidr: '192.168.3.0/24', blockSize: 32, allowedUses: ['Tunnel'] },
      ],
    },
    {
      op: 'autoAssign',
      host: 'h',
      num4: 1,
      pools: ['192.168.3.0/24'],
      expect: { count: 0, error: 'cannot find a qualified ippool, no pools match the required use (Workload)' },
    },
    { op: 'autoAssign', host: 'h', num4: 1, pools: ['192.168.3.0/24'], use: 'Tunnel', expect: { count: 1 } },
    { op: 'autoAssign', host: 'h', num4: 1, expect: { count: 1, error: null } },
    {
      op: 'assignIP',
      host: 'h',
      ip: '192.168.3.9',
      use: 'Workload',
      expect: { errorContains: 'which is not allowed for use "Workload"' },
    },
  ),
  calico(
    'node selectors choose the pool',
    {
      nodes: { host: FOO_BAR },
      pools: [
        { cidr: '10.0.0.0/24', nodeSelector: "foo == 'bar'" },
        { cidr: '20.0.0.0/24', nodeSelector: "foo != 'bar'" },
      ],
    },
    { op: 'autoAssign', host: 'host', num4: 300, expect: { count: 256, error: null } },
  ),
  calico(
    'a node that no pool selects any more',
    {
      nodes: { host1: FOO_BAR, host2: {} },
      pools: [{ cidr: '10.0.0.0/30', blockSize: 30, nodeSelector: "foo == 'bar'" }],
    },
    { op: 'autoAssign', host: 'host1', num4: 3, expect: { count: 3 } },
    { op: 'setNodes', nodes: { host1: {}, host2: FOO_BAR } },
    {
      op: 'autoAssign',
      host: 'host1',
      num4: 1,
      expect: { count: 0, error: 'no configured Calico pools for node host1' },
    },
    { op: 'autoAssign', host: 'host2', num4: 1, expect: { count: 1, borrowed: true } },
    { op: 'affineBlocks', host: 'host1', expect: { count: 1 } },
  ),
  calico(
    'a block goes with its last address once its pool selects another',
    { nodes: { host: FOO_BAR }, pools: [{ cidr: '10.0.0.0/24', nodeSelector: "foo == 'bar'" }] },
    { op: 'autoAssign', host: 'host', num4: 1, handle: 'h1' },
    { op: 'autoAssign', host: 'host', num4: 1, handle: 'h2' },
    { op: 'setPools', pools: [{ cidr: '10.0.0.0/24', nodeSelector: "foo != 'bar'" }] },
    { op: 'releaseByHandle', handle: 'h1', expect: { released: 1 } },
    { op: 'blocks', expect: { count: 1 } },
    { op: 'releaseByHandle', handle: 'h2', expect: { released: 1 } },
    { op: 'blocks', expect: { count: 0 } },
  ),
  calico(
    'two pools asked for, then used up, one of them unknown',
    { pools: [{ cidr: '10.0.0.0/24' }, { cidr: '20.0.0.0/24' }, { cidr: '30.0.0.0/24', enabled: false }] },
    {
      op: 'autoAssign',
      host: 'host-a',
      num4: 1,
      pools: ['10.0.0.0/24', '30.0.0.0/24'],
      expect: { error: 'the given pool (30.0.0.0/24) does not exist, or is not enabled' },
    },
    { op: 'autoAssign', host: 'host-a', num4: 1, pools: ['10.0.0.0/24', '20.0.0.0/24'], expect: { count: 1 } },
    { op: 'autoAssign', host: 'host-a', num4: 300, pools: ['10.0.0.0/24', '20.0.0.0/24'], expect: { count: 300 } },
    {
      op: 'autoAssign',
      host: 'host-a',
      num4: 300,
      pools: ['10.0.0.0/24', '20.0.0.0/24'],
      expect: { count: 211, error: null },
    },
  ),
  calico(
    'a pool of the wrong family',
    { pools: [{ cidr: '10.0.0.0/24' }, { cidr: 'fe80::/120' }] },
    { op: 'autoAssign', host: 'a', num6: 1, pools6: ['fe80::/120', '10.0.0.0/24'], expect: { count: 0, error: true } },
  ),
  calico(
    'certain addresses',
    { pools: [V4, V6] },
    { op: 'assignIP', host: 'h', ip: '192.168.1.0', expect: { error: null } },
    { op: 'assignIP', host: 'h', ip: 'fd80:24e2:f998:72d6::', expect: { error: null } },
    {
      op: 'assignIP',
      host: 'h',
      ip: '1.1.1.1',
      expect: { error: 'The provided IP address is not in a configured pool\n' },
    },
    {
      op: 'assignIP',
      host: 'h',
      ip: '192.168.1.0',
      expect: { error: 'resource already exists: 192.168.1.0 with error: Address already assigned in block' },
    },
  ),
  calico(
    'giving back what one has not',
    { pools: [V4] },
    {
      op: 'releaseIPs',
      ips: ['1.1.1.1', '192.168.1.0'],
      expect: { unallocated: ['1.1.1.1', '192.168.1.0'], error: null },
    },
    { op: 'assignIP', host: 'h', ip: '192.168.1.0', handle: 'mine' },
    {
      op: 'releaseIPs',
      ips: ['192.168.1.0'],
      handle: 'fakehandle',
      expect: { error: 'update conflict: 192.168.1.0', released: 0 },
    },
    { op: 'releaseIPs', ips: ['192.168.1.0'], sequenceNumber: 1, expect: { error: true } },
    {
      op: 'releaseIPs',
      ips: ['192.168.1.0', '192.168.1.0'],
      sequenceNumber: 0,
      expect: { unallocated: [], error: null },
    },
    { op: 'releaseIPs', ips: ['192.168.1.0'], expect: { unallocated: ['192.168.1.0'] } },
  ),
  calico(
    'affinity to what is smaller than a block, and to nothing of ours',
    { pools: [V4] },
    { op: 'claimAffinity', host: 'host-a', cidr: '192.168.1.0/26', expect: { claimed: 1, failed: 0, error: null } },
    {
      op: 'claimAffinity',
      host: 'host-a',
      cidr: '192.168.1.0/27',
      expect: { claimed: 0, failed: 0, error: 'The requested CIDR (192.168.1.0/27) is smaller than the minimum.' },
    },
    {
      op: 'claimAffinity',
      host: 'host-a',
      cidr: '10.0.0.0/24',
      expect: { error: 'The requested CIDR (10.0.0.0/24) is not within any configured pools.' },
    },
    { op: 'releaseAffinity', host: 'host-a', cidr: '192.168.1.0/24', expect: { error: null } },
    { op: 'blocks', expect: { count: 0 } },
  ),
  calico(
    'strict affinity switched on and off',
    { pools: [{ cidr: '10.0.0.0/28', blockSize: 28 }] },
    { op: 'autoAssign', host: 'host1', num4: 1, expect: { count: 1 } },
    { op: 'autoAssign', host: 'host2', num4: 1, expect: { count: 1, borrowed: true, borrowedFrom: { host1: 1 } } },
    { op: 'setConfig', config: { strictAffinity: true }, expect: { ok: true } },
    { op: 'autoAssign', host: 'host2', num4: 1, expect: { count: 0, error: null } },
    { op: 'assignIP', host: 'host2', ip: '10.0.0.9', expect: { error: 'Block host affinity does not match' } },
    { op: 'setConfig', config: { strictAffinity: false }, expect: { ok: true } },
    { op: 'autoAssign', host: 'host2', num4: 1, expect: { count: 1 } },
  ),
  calico(
    'all addresses of a handle',
    { pools: [V4] },
    { op: 'autoAssign', host: 'a', num4: 2, handle: 'pod' },
    { op: 'ipsByHandle', handle: 'pod', expect: { count: 2 } },
    { op: 'releaseByHandle', handle: 'pod', expect: { released: 2 } },
    { op: 'releaseByHandle', handle: 'pod', expect: { error: true } },
  ),
  calico(
    'an empty block is taken over only after a minute',
    { pools: [{ cidr: '10.0.0.0/31', blockSize: 32 }], config: { strictAffinity: true } },
    { op: 'claimAffinity', host: 'a', cidr: '10.0.0.0/31', expect: { claimed: 2 } },
    { op: 'wait', seconds: 59 },
    { op: 'autoAssign', host: 'b', num4: 1, expect: { count: 0 } },
    { op: 'wait', seconds: 1 },
    { op: 'autoAssign', host: 'b', num4: 1, expect: { count: 1, borrowed: false } },
    { op: 'affineBlocks', host: 'a', expect: { count: 1 } },
  ),
  calico(
    'what was given back cools down',
    { pools: [{ cidr: '10.0.0.0/31', blockSize: 31 }], config: { ipCooldownSeconds: 30 } },
    { op: 'autoAssign', host: 'a', num4: 2, handle: 'h', expect: { count: 2 } },
    { op: 'releaseByHandle', handle: 'h', expect: { released: 2 } },
    { op: 'autoAssign', host: 'a', num4: 1, expect: { count: 0 } },
    { op: 'wait', seconds: 31 },
    { op: 'autoAssign', host: 'a', num4: 1, expect: { count: 1 } },
  ),
  calico(
    'blocks that are there already are passed by',
    {
      pools: [{ cidr: '10.0.0.0/24', blockSize: 26 }],
      existingBlocks: ['10.0.0.0/26', { cidr: '10.0.0.64/26', host: 'b' }],
    },
    { op: 'autoAssign', host: 'a', num4: 128, expect: { count: 128, fromOwnBlock: 128 } },
    { op: 'autoAssign', host: 'a', num4: 1, expect: { borrowed: true } },
  ),
];
