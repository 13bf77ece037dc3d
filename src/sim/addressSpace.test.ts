import { describe, expect, it } from 'vitest';
import type { AddressBlock } from '../datamodel/cluster/addressSpace.ts';
import type { CniBackend } from '../datamodel/cluster/command.ts';
import { addressLines } from '../print/addressLines.ts';
import { formatPrefix } from '../wire/address.ts';
import { addressSpace } from './addressSpace.ts';
import { createSimulation } from './createSimulation.ts';
import { installAllNetworks } from './installNetworks.ts';

installAllNetworks();

const MANIFEST = `
apiVersion: v1
kind: Node
metadata: { name: worker-01 }
---
apiVersion: v1
kind: Node
metadata: { name: worker-02 }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: 4
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: web, image: nginx, ports: [{ containerPort: 80 }] }] }
---
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { clusterIP: 10.96.0.80, selector: { app: web }, ports: [{ port: 80 }] }
`;

function spaceBy(cni: CniBackend): readonly AddressBlock[] {
  const created = createSimulation([{ name: 'cluster.yaml', text: MANIFEST }], { cni });
  if (!created.ok) throw new Error(created.error.map(({ message }) => message).join('; '));
  return addressSpace(created.value.cluster(), created.value.addressing()).ranges;
}

describe('the address space', () => {
  it('cuts the Pod network into podCIDRs, with the bridge, the tunnel device and the Pods in each', () => {
    const [pods] = spaceBy('flannel-vxlan');
    expect(pods && formatPrefix(pods.prefix)).toBe('10.244.0.0/16');
    expect(pods?.uses).toEqual([]);
    expect(pods?.blocks.map(({ name, node }) => [name, node])).toEqual([
      ['podCIDR', 'worker-01'],
      ['podCIDR', 'worker-02'],
    ]);
    for (const { prefix, uses, next } of pods?.blocks ?? []) {
      const base = prefix.address.replace(/0$/, '');
      expect(uses.slice(0, 3)).toMatchObject([
        { address: `${base}0`, state: 'device', owner: 'flannel.1' },
        { address: `${base}1`, state: 'device', owner: 'cni0' },
        { address: `${base}2`, state: 'pod' },
      ]);
      expect(uses.at(-1)).toEqual({ address: `${base}255`, state: 'kept', owner: 'broadcast address' });
      const given = uses.filter(({ state }) => state === 'pod').length;
      expect(next).toBe(`${base}${given + 2}`);
    }
  });

  it('cuts it into the blocks that nodes have claimed under Calico, every address of which is of use', () => {
    const [pods] = spaceBy('calico-vxlan');
    const blocks = pods?.blocks ?? [];
    expect(blocks.map(({ prefix, name }) => [prefix.length, name])).toEqual(blocks.map(() => [26, 'block']));
    expect(new Set(blocks.map(({ node }) => node))).toEqual(new Set(['worker-01', 'worker-02']));
    expect(
      blocks.every(({ uses, prefix }) => uses[0]?.address === prefix.address && uses[0].owner === 'vxlan.calico'),
    ).toBe(true);
    expect(blocks.flatMap(({ uses }) => uses).some(({ state }) => state === 'kept')).toBe(false);
  });

  it('sorts a VPC subnet’s addresses by node and interface, down to what is ready for Pods', () => {
    const [subnet, services] = spaceBy('aws-vpc');
    expect(subnet && formatPrefix(subnet.prefix)).toBe('192.168.1.0/24');
    expect(services?.name).toBe('Services');
    expect(subnet?.groups?.map(({ name, groups }) => [name, groups.map((each) => each.name)])).toEqual([
      ['worker-01', ['eth0', 'eth1']],
      ['worker-02', ['eth0', 'eth1']],
    ]);
    const own = subnet?.groups?.[0]?.groups[0]?.uses ?? [];
    expect(own.slice(0, 4).map(({ state }) => state)).toEqual(['device', 'pod', 'pod', 'warm']);
    expect(own[0]).toMatchObject({ address: '192.168.1.11', owner: 'eth0', interface: 'eth0' });
    expect(subnet?.uses.filter(({ state }) => state === 'kept').map(({ address }) => address)).toEqual([
      '192.168.1.0',
      '192.168.1.2',
      '192.168.1.3',
      '192.168.1.255',
    ]);
    const text = addressLines({ revision: 1, ranges: subnet ? [subnet] : [] });
    expect(text).toContain('  worker-01');
    expect(text).toContain('    eth1');
    expect(text.filter((line) => /^ {6}192\.168\.1\.\d+ +warm +eth1 on worker-01$/.test(line))).toHaveLength(9);
    // every address once, whether it is somebody's or not
    const listed = text.flatMap((line) => /^ +(\d[\d.]+) /.exec(line)?.[1] ?? []);
    expect(listed).toHaveLength(new Set(listed).size);
    expect(listed).toHaveLength(subnet?.uses.length ?? 0);
  });

  it('tells which Services and nodes have addresses', () => {
    const [, services, nodes] = spaceBy('flannel-vxlan');
    expect(services?.uses).toContainEqual({ address: '10.96.0.80', state: 'service', owner: 'default/web' });
    expect(nodes?.uses.map(({ owner, node }) => [owner, node])).toContainEqual(['eth0', 'worker-01']);
    expect(nodes?.uses.map(({ owner }) => owner)).toContain('gateway');
  });
});
