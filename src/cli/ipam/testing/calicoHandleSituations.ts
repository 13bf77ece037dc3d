import type { ExpectedOperation, Situation } from './situation.ts';

function calico(name: string, input: object, ...operations: object[]): Situation {
  return { name, plugin: 'calico-ipam', input, operations: operations as unknown as readonly ExpectedOperation[] };
}

function counts(cidr: string, [capacity, inUse, reserved, available]: readonly number[]): object {
  return { cidr, capacity, inUse, reserved, available };
}

const V4 = { cidr: '10.0.0.0/24', blockSize: 26 };
const V6 = { cidr: 'fd80:24e2:f998:72d6::/120', blockSize: 122 };
const MACHINE = { host: 'h', handle: 'vmi', maxAllocToHandlePerIPVersion: 1 };
const ANOTHER = { op: 'autoAssign', host: 'h', num4: 1, handle: 'vmi', maxAllocToHandlePerIPVersion: 2 };

/** What libcalico-go/lib/ipam's tests do with handles, attributes and what Windows keeps, restated. */
export const CALICO_HANDLE_SITUATIONS: readonly Situation[] = [
  calico(
    'a handle that may have one address of each family gets the same again',
    { pools: [V4, V6] },
    { op: 'autoAssign', num4: 1, num6: 1, ...MACHINE, expect: { count4: 1, count6: 1 } },
    { op: 'autoAssign', num4: 1, num6: 1, ...MACHINE, expect: { count4: 1, count6: 1, message: null, error: null } },
    { op: 'ipsByHandle', handle: 'vmi', expect: { count: 2 } },
    { op: 'releaseByHandle', handle: 'vmi', expect: { released: 2 } },
    { op: 'ipsByHandle', handle: 'vmi', expect: { count: 0, error: true } },
  ),
  calico(
    'a handle that may have two gets one of them at the third time',
    { pools: [V4] },
    { ...ANOTHER, expect: { count: 1 } },
    { ...ANOTHER, expect: { count: 1 } },
    { ...ANOTHER, expect: { count: 1, error: null } },
    { op: 'ipsByHandle', handle: 'vmi', expect: { count: 2 } },
  ),
  calico(
    'a handle that may have one is assigned that one again, and no other',
    { pools: [V4] },
    { op: 'assignIP', ip: '10.0.0.1', ...MACHINE, expect: { error: null } },
    { op: 'assignIP', ip: '10.0.0.1', ...MACHINE, expect: { error: null } },
    { op: 'assignIP', ip: '10.0.0.2', ...MACHINE, expect: { errorContains: 'already has IP(s) allocated' } },
    { op: 'assignIP', host: 'h', ip: '10.0.0.1', expect: { errorContains: 'already exists' } },
    { op: 'ipsByHandle', handle: 'vmi', expect: { ips: ['10.0.0.1'] } },
  ),
  calico(
    'what is written down of an address',
    { pools: [V4], config: { ipCooldownSeconds: 30 } },
    { op: 'assignmentAttributes', ip: '11.0.0.1', expect: { errorContains: 'No valid IPPool' } },
    { op: 'assignmentAttributes', ip: '10.0.0.1', expect: { errorContains: 'BlockKey(cidr=10.0.0.0/26)' } },
    { op: 'assignIP', host: 'h', ip: '10.0.0.1', handle: 'mine', attrs: { node: 'h', type: 'vxlanTunnelAddress' } },
    {
      op: 'assignmentAttributes',
      ip: '10.0.0.1',
      expect: { handle: 'mine', attributes: { node: 'h', type: 'vxlanTunnelAddress' } },
    },
    {
      op: 'assignmentAttributes',
      ip: '10.0.0.2',
      expect: { error: 'resource does not exist: 10.0.0.2 with error: IP is unassigned' },
    },
    { op: 'releaseIPs', ips: ['10.0.0.1'] },
    { op: 'assignmentAttributes', ip: '10.0.0.1', expect: { error: 'address 10.0.0.1 is in cooldown' } },
  ),
  ...(
    [
      [['10.0.0.32/30'], [256, 1, 4, 251], [64, 1, 4, 59]],
      [['10.0.0.128/25'], [256, 1, 128, 127], [64, 1, 0, 63]],
      [['10.0.0.5/32'], [256, 1, 1, 255], [64, 1, 1, 63]],
      [
        ['10.0.0.0/25', '10.0.0.5/32', '10.0.0.64/26'],
        [256, 1, 128, 128],
        [64, 1, 64, 0],
      ],
    ] as const
  ).map(([reservedCIDRs, pool, block]) =>
    calico(
      `how full a pool is with ${reservedCIDRs.join(' ')} reserved`,
      { pools: [V4], reservedCIDRs },
      { op: 'assignIP', host: 'h', ip: '10.0.0.5' },
      {
        op: 'utilization',
        pools: ['10.0.0.0/24'],
        expect: {
          pools: [{ name: '10.0.0.0/24', ...counts('10.0.0.0/24', pool), blocks: [counts('10.0.0.0/26', block)] }],
        },
      },
    ),
  ),
  calico(
    'blocks of a pool that nobody is to have any more',
    { pools: [{ cidr: '10.0.0.0/24', blockSize: 30 }] },
    { op: 'autoAssign', host: 'a', num4: 5, handle: 'z', expect: { count: 5 } },
    { op: 'autoAssign', host: 'b', num4: 1, handle: 'z', expect: { count: 1 } },
    { op: 'releasePoolAffinities', cidr: '10.0.0.0/24', expect: { error: null } },
    { op: 'affineBlocks', host: 'a', expect: { count: 0 } },
    { op: 'blocks', expect: { count: 3 } },
    { op: 'releaseByHandle', handle: 'z', expect: { released: 6 } },
    { op: 'blocks', expect: { count: 0 } },
  ),
  calico(
    'a certain address makes a block of which Windows keeps its part',
    { pools: [{ cidr: '10.0.0.0/26' }], os: 'windows', host: 'win' },
    { op: 'assignIP', ip: '10.0.0.1', expect: { errorContains: 'already assigned' } },
    { op: 'assignIP', ip: '10.0.0.5', expect: { error: null } },
    { op: 'autoAssign', num4: 64, expect: { count: 59 } },
  ),
  calico(
    'a block is made sure of only in pools that can be asked for',
    {
      pools: [
        { cidr: '10.0.0.0/24' },
        { cidr: '30.0.0.0/24', disabled: true },
        { cidr: 'fe80::/120' },
        { cidr: '90.0.0.0/24', blockSize: 31 },
      ],
      host: 'host-a',
    },
    {
      op: 'ensureBlock',
      pools: ['fe80::/120'],
      expect: { error: 'provided IPv4 IPPools list contains one or more IPv6 IPPools' },
    },
    {
      op: 'ensureBlock',
      pools: ['90.0.0.0/24', '10.0.0.0/24'],
      expect: { error: 'the given pool (90.0.0.0/24) does not exist, or is not enabled' },
    },
    { op: 'ensureBlock', pools: ['10.0.0.0/24', '30.0.0.0/24'], expect: { error: true } },
    { op: 'ensureBlock', expect: { error: null } },
    { op: 'ensureBlock', family: 'IPv6', pools: ['fe80::/120'], expect: { error: null } },
    { op: 'affineBlocks', expect: { count: 2 } },
  ),
];
