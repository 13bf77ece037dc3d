import { describe, expect, it } from 'vitest';
import { bareNode, bareSandbox } from '../bareNode.ts';
import type { CniNode } from '../node/cniNode.ts';
import { type PluginRun, runPlugin } from '../runtime/execute.ts';
import { type CniRelease, DEBIAN_RELEASE, NEWEST_RELEASE } from '../spec/release.ts';
import { drawn } from '../testing/drawn.ts';

const NETNS = '/var/run/netns/a';
const ENV = { CNI_CONTAINERID: 'c1', CNI_NETNS: NETNS, CNI_IFNAME: 'eth0', CNI_PATH: '/opt/cni/bin' };
const BRIDGE = {
  cniVersion: '1.0.0',
  name: 'mynet',
  type: 'bridge',
  bridge: 'cni0',
  isDefaultGateway: true,
  ipMasq: true,
  ipam: { type: 'host-local', ranges: [[{ subnet: '10.244.0.0/24' }]] },
};

interface Call {
  readonly node?: CniNode;
  readonly release?: CniRelease;
  readonly env?: Readonly<Record<string, string>>;
  readonly conf?: object;
}

function newNode(): CniNode {
  const node = bareNode();
  node.sandboxes.set(NETNS, bareSandbox(NETNS));
  return node;
}

function call(
  plugin: string,
  command: string,
  { node = newNode(), release = DEBIAN_RELEASE, env, conf = BRIDGE }: Call = {},
): PluginRun {
  const execution = { node, release, entropy: drawn(), runs: [] };
  return runPlugin(execution, plugin, { ...ENV, ...env, CNI_COMMAND: command }, JSON.stringify(conf));
}

function errorOf(run: PluginRun): unknown {
  return JSON.parse(run.stdout);
}

describe('errors that real plugins gave', () => {
  it.each<[string, string, string, Call, object]>([
    ['a command of a newer version', 'bridge', 'GC', {}, { code: 4, msg: 'unknown CNI_COMMAND: GC' }],
    ['an unknown command', 'bridge', 'MAKE', {}, { code: 4, msg: 'unknown CNI_COMMAND: MAKE' }],
    [
      'an interface name of 16',
      'bridge',
      'ADD',
      { env: { CNI_IFNAME: 'abcdefghijklmnop' } },
      { code: 4, msg: 'interface name is too long', details: 'interface name should be less than 16 characters' },
    ],
    [
      'CNI_ARGS that bridge itself does not know',
      'bridge',
      'ADD',
      { env: { CNI_ARGS: 'IP=10.244.0.60' } },
      { code: 999, msg: 'ARGS: unknown args ["IP=10.244.0.60"]' },
    ],
    [
      'version 9.9.9',
      'bridge',
      'ADD',
      { conf: { ...BRIDGE, cniVersion: '9.9.9' } },
      {
        code: 1,
        msg: 'incompatible CNI versions',
        details: 'config is "9.9.9", plugin supports ["0.1.0" "0.2.0" "0.3.0" "0.3.1" "0.4.0" "1.0.0"]',
      },
    ],
    [
      'no address ranges',
      'host-local',
      'ADD',
      { conf: { ...BRIDGE, ipam: { type: 'host-local' } } },
      { code: 999, msg: 'no IP ranges specified' },
    ],
    [
      'host bits in the subnet',
      'host-local',
      'ADD',
      { conf: { ...BRIDGE, ipam: { type: 'host-local', subnet: '10.244.0.5/24' } } },
      {
        code: 999,
        msg: 'invalid range set 0: Network has host bits set. For a subnet mask of length 24 the network address is 10.244.0.0',
      },
    ],
    [
      'a number where a name belongs',
      'bridge',
      'ADD',
      { conf: { ...BRIDGE, bridge: 7 } },
      {
        code: 999,
        msg: 'failed to load netconf: json: cannot unmarshal number into Go struct field NetConf.bridge of type string',
      },
    ],
    [
      'hairpin and promiscuous mode',
      'bridge',
      'ADD',
      { conf: { ...BRIDGE, hairpinMode: true, promiscMode: true } },
      { code: 999, msg: 'cannot set hairpin mode and promiscuous mode at the same time.' },
    ],
  ])('%s', (_, plugin, command, rest, error) => {
    const run = call(plugin, command, rest);
    expect([run.exitCode, errorOf(run)]).toEqual([1, error]);
  });

  it('says that host-local hands out no second address of a range to one interface', () => {
    const node = newNode();
    expect(call('host-local', 'ADD', { node }).exitCode).toBe(0);
    expect(errorOf(call('host-local', 'ADD', { node }))).toEqual({
      code: 999,
      msg: 'failed to allocate for range 0: 10.244.0.2 has been allocated to c1, duplicate allocation is not allowed',
    });
  });

  it('says who it is when it is started by hand', () => {
    const run = call('bridge', '', {});
    expect([run.exitCode, run.stdout]).toEqual([0, '']);
    expect(run.stderr).toContain('CNI protocol versions supported: 0.1.0, 0.2.0, 0.3.0, 0.3.1, 0.4.0, 1.0.0\n');
  });
});

describe('results in each version’s form', () => {
  const printed = (cniVersion: string): unknown =>
    JSON.parse(call('host-local', 'ADD', { conf: { ...BRIDGE, cniVersion } }).stdout);
  it('names families in 0.1.0 and 0.2.0, versions in 0.3.x and 0.4.0, neither in 1.0.0', () => {
    expect(printed('0.2.0')).toEqual({
      cniVersion: '0.2.0',
      ip4: { ip: '10.244.0.2/24', gateway: '10.244.0.1' },
      dns: {},
    });
    expect(printed('0.4.0')).toMatchObject({ ips: [{ version: '4', address: '10.244.0.2/24' }] });
    expect(printed('1.0.0')).toEqual({
      cniVersion: '1.0.0',
      ips: [{ address: '10.244.0.2/24', gateway: '10.244.0.1' }],
      dns: {},
    });
  });
});

describe('the newest release', () => {
  const modern = { ...BRIDGE, cniVersion: '1.1.0' };

  it('knows version 1.1.0, with GC and STATUS, which bridge hands on to its IPAM', () => {
    const node = newNode();
    const rest = { node, release: NEWEST_RELEASE, conf: modern };
    expect(JSON.parse(call('bridge', 'VERSION', rest).stdout)).toMatchObject({ cniVersion: '1.1.0' });
    for (const command of ['ADD', 'STATUS', 'GC', 'DEL', 'DEL']) {
      const run = call('bridge', command, rest);
      expect([command, run.exitCode, run.exitCode === 0 ? '' : run.stdout]).toEqual([command, 0, '']);
    }
    expect(node.files.has('/var/lib/cni/networks/mynet/10.244.0.2')).toBe(false);
    const old = call('bridge', 'STATUS', { release: NEWEST_RELEASE });
    expect(errorOf(old)).toEqual({ code: 1, msg: 'config version does not allow STATUS' });
  });

  it('deletes what an ADD left that failed halfway', () => {
    const half = (release: CniRelease): PluginRun => {
      const node = newNode();
      const conf = { ...BRIDGE, ipam: { ...BRIDGE.ipam, routes: [{ dst: '0.0.0.0/0' }] } };
      expect(call('bridge', 'ADD', { node, release, conf }).exitCode).toBe(1);
      return call('bridge', 'DEL', { node, release, conf });
    };
    expect(errorOf(half(DEBIAN_RELEASE))).toMatchObject({
      msg: expect.stringMatching(/exit status 2: .* does not exist/),
    });
    expect(half(NEWEST_RELEASE).exitCode).toBe(0);
  });

  it('checks host ports where the address is, and finds routes whose gateway the result does not tell', () => {
    for (const [release, works] of [
      [DEBIAN_RELEASE, false],
      [NEWEST_RELEASE, true],
    ] as const) {
      const node = newNode();
      const conf = { ...BRIDGE, ipam: { ...BRIDGE.ipam, routes: [{ dst: '10.244.0.0/16' }] } };
      const prevResult = JSON.parse(call('bridge', 'ADD', { node, release, conf }).stdout) as object;
      expect(call('bridge', 'CHECK', { node, release, conf: { ...conf, prevResult } }).exitCode === 0).toBe(works);
      const portmap = {
        cniVersion: '1.0.0',
        name: 'mynet',
        type: 'portmap',
        prevResult,
        runtimeConfig: { portMappings: [{ hostPort: 8080, containerPort: 80, protocol: 'tcp' }] },
      };
      expect(call('portmap', 'ADD', { node, release, conf: portmap }).exitCode).toBe(0);
      expect(call('portmap', 'CHECK', { node, release, conf: portmap }).exitCode === 0).toBe(works);
    }
  });
});

describe('ptp with static addresses', () => {
  it('routes a Pod through the node alone, and takes it all back', () => {
    const node = newNode();
    const conf = {
      cniVersion: '1.0.0',
      name: 'p2p',
      type: 'ptp',
      ipam: {
        type: 'static',
        addresses: [{ address: '10.1.1.5/24', gateway: '10.1.1.1' }],
        routes: [{ dst: '0.0.0.0/0' }],
      },
    };
    const added = call('ptp', 'ADD', { node, conf });
    expect(JSON.parse(added.stdout)).toMatchObject({ ips: [{ interface: 1, address: '10.1.1.5/24' }] });
    expect(node.host.routes.map(({ destination, dev }) => [destination.address, dev])).toContainEqual([
      '10.1.1.5',
      'veth00000000',
    ]);
    expect(node.sandbox(NETNS).deviceTowards('10.1.1.77' as never)).toBe('eth0');
    expect(
      call('ptp', 'CHECK', { node, conf: { ...conf, prevResult: JSON.parse(added.stdout) as object } }).stdout,
    ).toBe('');
    expect(call('ptp', 'DEL', { node, conf }).exitCode).toBe(0);
    expect(node.host.links.map(({ name }) => name)).toEqual(['lo', 'eth0']);
  });
});
