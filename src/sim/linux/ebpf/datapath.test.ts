import { describe, expect, it } from 'vitest';
import type { Trace } from '../../../datamodel/flow/trace.ts';
import type { DatapathMaps, DeviceProgram, LbMaps } from '../../../datamodel/network/ebpf.ts';
import type { Netns } from '../../../datamodel/network/netns.ts';
import { ipAddress, macAddress } from '../../../wire/address.ts';
import { EtherType, emitEthernet } from '../../../wire/ethernet.ts';
import { route } from '../testing/lab.ts';
import {
  address,
  loopback,
  namespace,
  permanent,
  type SmallWorld,
  smallWorld,
  udpPacket,
  veth,
} from '../testing/world.ts';
import { installProgramRunner } from './programs.ts';
import { runDevicePrograms } from './runDevicePrograms.ts';
import { calledByProgram, translateSocket } from './socketLb.ts';

// A Pod behind lxc0 of a node, whose card is on a cable with a host outside.

const POD = '10.244.1.5';
const OUTSIDE = '192.168.1.100';
const MACS = {
  pod: '02:00:00:00:00:05',
  lxc: '02:00:00:00:00:15',
  node: '02:00:00:00:00:01',
  outside: '02:00:00:00:00:64',
};
const NOTHING: LbMaps = {
  services: new Map(),
  backends: new Map(),
  reverseNat: new Map(),
  sourceRanges: new Map(),
  maglev: new Map(),
  endpoints: new Set(),
  identities: new Map(),
  nodePorts: { from: 1, to: 0 },
};
const PATHS: DatapathMaps = {
  endpoints: new Map([
    [ipAddress(POD), { device: 'lxc0', mac: macAddress(MACS.pod), nodeMac: macAddress(MACS.lxc), identity: 300 }],
  ]),
  ipcache: new Map(),
  tunnels: [],
  endpointRoutes: false,
  nodePorts: true,
  nodes: [ipAddress('192.168.1.11')],
  hostRouting: true,
  host: { device: 'cilium_host', addresses: new Set([ipAddress('192.168.1.11')]) },
};

installProgramRunner({ runDevicePrograms, translateSocket, calledByProgram });

function world(change: Partial<Netns> = {}, known = true): SmallWorld {
  const program = (device: string, role: 'container' | 'netdev'): DeviceProgram => ({
    type: 'datapath',
    hook: 'tc ingress',
    device,
    name: `cil_from_${role}`,
    owner: 'test',
    maps: NOTHING,
    role,
    paths: PATHS,
  });
  return smallWorld(
    namespace('node', {
      links: [loopback, veth('eth0', 2, MACS.node, 'outside|eth0'), veth('lxc0', 3, MACS.lxc, 'pod|eth0')],
      addresses: [address('192.168.1.11/24 eth0')],
      neighbors: known ? [permanent('eth0', OUTSIDE, MACS.outside)] : [],
      sysctls: { 'net.ipv4.ip_forward': '1' },
      ebpf: { cgroup: [], devices: [program('lxc0', 'container'), program('eth0', 'netdev')] },
      ...change,
    }),
    namespace('pod', {
      links: [loopback, veth('eth0', 2, MACS.pod, 'node|lxc0')],
      addresses: [address(`${POD}/32 eth0`)],
    }),
    namespace('outside', {
      links: [loopback, veth('eth0', 2, MACS.outside, 'node|eth0')],
      addresses: [address(`${OUTSIDE}/24 eth0`)],
    }),
  );
}

/** A packet of the Pod reaches the node. */
function fromPod(small: SmallWorld, packet: Uint8Array): Trace | undefined {
  const addresses = { destination: macAddress(MACS.lxc), source: macAddress(MACS.pod), etherType: EtherType.ipv4 };
  small.arrive('node', 'lxc0', emitEthernet(addresses, packet));
  small.run();
  return small.traces()[0];
}

function said(trace: Trace | undefined) {
  return (trace?.hops ?? []).flatMap(({ steps }) => steps).flatMap((step) => (step.type === 'program' ? [step] : []));
}

describe('a packet that a program sends by the host’s routes', () => {
  it('[EB16] leaves by bpf_redirect where the neighbour is known, and no hook has seen it', () => {
    const small = world();
    const trace = fromPod(small, udpPacket(POD, OUTSIDE, 100));
    expect(said(trace)).toMatchObject([{ action: 'redirect', helper: 'bpf_redirect' }]);
    expect(small.taps()).toEqual(['node lxc0 in', 'node eth0 out', 'outside eth0 in']);
    expect(trace?.hops[0]?.steps.some(({ type }) => type === 'hook' || type === 'session')).toBe(false);
  });

  it('[EB17] waits for the neighbour that bpf_redirect_neigh asks for', () => {
    const small = world({}, false);
    const trace = fromPod(small, udpPacket(POD, OUTSIDE, 100));
    expect(said(trace)).toMatchObject([{ helper: 'bpf_redirect_neigh' }]);
    expect(small.taps().filter((tap) => tap.startsWith('outside'))).toContain('outside eth0 in');
    expect(trace?.disposition).toMatchObject({ netns: 'outside' });
  });

  it('[EB16] is lost where it is longer than the card’s MTU and a VLAN tag, if the neighbour is known', () => {
    for (const [payload, isLost] of [
      [1500 + 4 - 28, false],
      [1500 + 4 - 28 + 1, true],
    ] as const) {
      const small = world();
      const trace = fromPod(small, udpPacket(POD, OUTSIDE, payload));
      expect(said(trace).some(({ reason }) => reason === 'DROP_NO_FIB')).toBe(isLost);
      expect(small.traces().filter(({ role }) => role === 'error')).toEqual([]);
    }
  });

  it.each([
    ['blackhole', 'BLACKHOLE'],
    ['unreachable', 'UNREACHABLE'],
    ['prohibit', 'PROHIBIT'],
  ] as const)('[EB16] is lost by a route of type %s', (type, result) => {
    const { dev: _, ...plain } = route('198.51.100.0/24', 'eth0');
    const small = world({ routes: [{ ...plain, type }] });
    const trace = fromPod(small, udpPacket(POD, '198.51.100.7', 10));
    expect(said(trace)).toMatchObject([{ reason: 'DROP_NO_FIB', note: expect.stringContaining(result) }]);
    expect(trace?.disposition).toMatchObject({ type: 'dropped', reason: 'TC_INGRESS' });
  });

  it('[EB16] [EB21] is the stack’s where there is no route, and that answers', () => {
    const small = world({ routes: [route(`${POD}/32`, 'lxc0')] });
    fromPod(small, udpPacket(POD, '203.0.113.9', 10));
    expect(small.traces()[0]?.disposition).toMatchObject({ type: 'dropped', reason: 'IP_INNOROUTES' });
    expect(small.traces().some(({ role }) => role === 'error')).toBe(true);
  });

  it('[EB16] is lost where the device does not forward', () => {
    const trace = fromPod(world({ sysctls: {} }), udpPacket(POD, OUTSIDE, 10));
    expect(said(trace)).toMatchObject([{ note: expect.stringContaining('FWD_DISABLED') }]);
  });
});

describe('a packet that a program puts into a Pod', () => {
  it('[EB15] is seen there and not at the near end, with the MACs of its map', () => {
    const small = world();
    const frame = { destination: macAddress(MACS.node), source: macAddress(MACS.outside), etherType: EtherType.ipv4 };
    small.arrive('node', 'eth0', emitEthernet(frame, udpPacket(OUTSIDE, POD, 10)));
    small.run();
    expect(small.taps().slice(0, 2)).toEqual(['node eth0 in', 'pod eth0 in']);
    const [, inside] = small.captures();
    expect(inside?.time).toBe(small.captures()[0]?.time);
    expect([...(inside?.bytes.subarray(0, 6) ?? [])]).toEqual([2, 0, 0, 0, 0, 5]);
  });

  it('[EB15] is lost where the far end is down', () => {
    const small = world({
      links: [loopback, veth('eth0', 2, MACS.node, 'outside|eth0'), veth('lxc0', 3, MACS.lxc, 'nobody|eth0')],
    });
    const frame = { destination: macAddress(MACS.node), source: macAddress(MACS.outside), etherType: EtherType.ipv4 };
    small.arrive('node', 'eth0', emitEthernet(frame, udpPacket(OUTSIDE, POD, 10)));
    small.run();
    expect(said(small.traces()[0]).at(-1)).toMatchObject({ action: 'drop', reason: 'DROP_EP_NOT_READY' });
  });
});
