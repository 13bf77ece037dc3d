import { describe, expect, it } from 'vitest';
import type { CniBackend } from '../datamodel/cluster/command.ts';
import { printLeaseEntries } from '../print/leaseEntries.ts';
import { formatPrefix } from '../wire/address.ts';
import { openSample } from './createSimulation.ts';
import { flannelLeases } from './flannelLeases.ts';
import type { Simulation } from './simulation.ts';

const W1 = 'worker-01';
const W2 = 'worker-02';

function ask(simulation: Simulation, node = W1, most = 99) {
  return flannelLeases(simulation.plan(), (id) => simulation.netns(id), { node, most });
}

function sample(settings: { readonly cni: CniBackend; readonly underlay?: 'two-subnets' }): Simulation {
  const simulation = openSample();
  expect(simulation.apply({ type: 'configure', settings }).ok).toBe(true);
  return simulation;
}

/** What a node has of the lease, and what of it is named in the lines: the subnet, the address, the MAC, the device. */
function writtenOn(simulation: Simulation, node = W2) {
  const { followed } = ask(simulation);
  const entries = followed?.written.find((each) => each.node === node);
  if (!followed || !entries) throw new Error(`${node} was not read`);
  const { lease } = followed;
  const names: readonly (readonly [string, string])[] = [
    [formatPrefix(lease.subnet), 'SUBNET'],
    [lease.subnet.address, 'FIRST'],
    [lease.publicIp, 'PUBLIC'],
    [(JSON.parse(lease.backendData)?.VtepMAC as string | undefined) ?? 'no MAC', 'MAC'],
    [(JSON.parse(lease.backendData)?.PublicKey as string | undefined) ?? 'no key', 'KEY'],
  ];
  return printLeaseEntries(entries).map(({ text }) => names.reduce((line, [is, name]) => line.replace(is, name), text));
}

describe('flannel’s leases', () => {
  it.each([
    ['flannel-vxlan', 'vxlan', ['VNI', 'VtepMAC']],
    ['flannel-host-gw', 'host-gw', undefined],
    ['flannel-ipip', 'ipip', undefined],
    ['flannel-wireguard', 'wireguard', ['PublicKey']],
  ] as const)('%s tells what it is reached by', (cni, type, keys) => {
    const simulation = sample({ cni });
    const { leases, without } = ask(simulation);
    const { nodes } = simulation.cluster();
    expect(simulation.cluster().leases).toBe(true);
    expect(without).toEqual([]);
    expect(leases.map(({ node, subnet, publicIp }) => [node, formatPrefix(subnet), publicIp])).toEqual(
      nodes.map(({ name, podCidr, address }) => [name, podCidr, address]),
    );
    for (const { backendType, backendData } of leases) {
      expect(backendType).toBe(type);
      const data: object | null = JSON.parse(backendData);
      expect(data === null ? undefined : Object.keys(data)).toEqual(keys);
    }
  });

  it.each([
    [
      'flannel-vxlan',
      [
        'SUBNET via FIRST dev flannel.1 onlink',
        'FIRST dev flannel.1 lladdr MAC PERMANENT',
        'MAC dev flannel.1 dst PUBLIC self permanent',
      ],
    ],
    ['flannel-vxlan-directrouting', ['SUBNET via PUBLIC dev eth0']],
    ['flannel-host-gw', ['SUBNET via PUBLIC dev eth0']],
    ['flannel-ipip', ['SUBNET via PUBLIC dev flannel.ipip onlink']],
    ['flannel-wireguard', ['flannel-wg peer KEY endpoint PUBLIC:51820 allowed-ips SUBNET']],
  ] as const)('%s: other nodes hold what their flanneld wrote from one', (cni, expected) => {
    expect(writtenOn(sample({ cni }))).toEqual(expected);
  });

  it('tells what is there, not what should be', () => {
    const simulation = openSample();
    const lines = writtenOn(simulation);
    const cidr = simulation.cluster().nodes.find(({ name }) => name === W1)?.podCidr;
    simulation.apply({ type: 'exec', netns: `node/${W2}`, line: `ip route del ${cidr}` });
    expect(writtenOn(simulation)).toEqual(lines.slice(1));
    simulation.apply({ type: 'exec', netns: `node/${W2}`, line: `ip route add ${cidr} via 192.168.1.11` });
    expect(writtenOn(simulation)).toEqual(lines.slice(1));
    simulation.apply({ type: 'undo', edit: 'all' });
    expect(writtenOn(simulation)).toEqual(lines);
  });

  it('has nothing on nodes that host-gw cannot reach', () => {
    const simulation = sample({ cni: 'flannel-host-gw', underlay: 'two-subnets' });
    const { followed } = ask(simulation);
    const counts = followed?.written.map(({ routes }) => routes.length);
    expect(counts).toContain(0);
    expect(counts).toContain(1);
  });

  it('keeps the annotations under another CNI in place, and a node’s own where one node has another backend', () => {
    const simulation = openSample();
    const before = ask(simulation).leases;
    simulation.apply({ type: 'configure', settings: { cni: 'flannel-host-gw' }, inPlace: { node: W1 } });
    expect(ask(simulation).leases.map(({ backendType }) => backendType)).toEqual(
      before.map(({ node }) => (node === W1 ? 'host-gw' : 'vxlan')),
    );
    const other = openSample();
    other.apply({ type: 'configure', settings: { cni: 'calico-bgp' }, inPlace: {} });
    expect(ask(other).leases).toEqual(before);
    expect(other.cluster()).toMatchObject({ bgp: true, leases: true });
  });

  it('reads no more nodes than it is to, and says how many it has not', () => {
    const { followed, leases } = ask(openSample(), W1, 1);
    expect(followed?.written).toHaveLength(1);
    expect(followed?.unread).toBe(leases.length - 2);
  });

  it('is nothing without flannel', () => {
    const simulation = sample({ cni: 'calico-bgp' });
    expect(ask(simulation)).toEqual({ leases: [], without: simulation.cluster().nodes.map(({ name }) => name) });
    expect(simulation.cluster().leases).toBeUndefined();
  });
});
