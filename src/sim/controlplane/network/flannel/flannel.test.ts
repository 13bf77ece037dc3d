import '../../../testing/allModes.ts';
import { describe, expect, it } from 'vitest';
import type { ClusterObjects } from '../../../../datamodel/kubernetes/clusterObjects.ts';
import type { FlannelConfig } from '../../../../datamodel/kubernetes/networkConfig.ts';
import type { Netns } from '../../../../datamodel/network/netns.ts';
import { printIpLink } from '../../../../print/ipLink.ts';
import { printIpRoute } from '../../../../print/ipRoute.ts';
import { withKernelRoutes } from '../../../linux/route/kernelRoutes.ts';
import { compile } from '../../compile.ts';
import { capturedCluster, SETTINGS } from '../../testing/objects.ts';

const objects = capturedCluster('vxlan');

function node1(cni: Parameters<typeof compile>[1]['cni'], flannel: Partial<FlannelConfig> = {}): Netns {
  const network = { ...objects.network, flannel: { ...objects.network.flannel, ...flannel } };
  const changed: ClusterObjects = { ...objects, network };
  const netns = compile(changed, { ...SETTINGS, ...(cni && { cni }) }).netns('node/node1');
  if (!netns) throw new Error('There is no node1');
  return withKernelRoutes(netns);
}

const texts = (lines: readonly { readonly text: string }[]): readonly string[] => lines.map(({ text }) => text);

describe('flannel with wireguard', () => {
  // As a machine with a real flannel-wg printed them.
  it('has one device, one route for all Pods and a peer for each other node', () => {
    const netns = node1('flannel-wireguard');
    expect(texts(printIpRoute(netns))).toEqual([
      'default via 192.168.1.1 dev eth0 ',
      '10.244.0.0/24 dev cni0 proto kernel scope link src 10.244.0.1 ',
      '10.244.0.0/16 dev flannel-wg scope link ',
      '192.168.1.0/24 dev eth0 proto kernel scope link src 192.168.1.11 ',
    ]);
    expect(texts(printIpLink(netns, ({ name }) => name === 'flannel-wg'))).toEqual([
      '6: flannel-wg: <POINTOPOINT,NOARP,UP,LOWER_UP> mtu 1420 qdisc noqueue state UNKNOWN mode DEFAULT group default qlen 1000',
      '    link/none ',
    ]);
    const link = netns.links.find(({ name }) => name === 'flannel-wg');
    expect(link).toMatchObject({
      listenPort: 51820,
      peers: [
        { endpoint: { address: '192.168.1.12', port: 51820 }, allowedIps: [{ address: '10.244.1.0', length: 24 }] },
        { endpoint: { address: '192.168.1.13', port: 51820 }, allowedIps: [{ address: '10.244.2.0', length: 24 }] },
      ],
    });
    expect(netns.links.find(({ name }) => name === 'cni0')?.mtu).toBe(1420);
  });

  it('knows each node by the key that it has itself', () => {
    const { netns } = compile(objects, { ...SETTINGS, cni: 'flannel-wireguard' });
    const links = ['node1', 'node2', 'node3'].map((name) =>
      netns(`node/${name}`)?.links.find((link) => link.kind === 'wireguard'),
    );
    const keys = new Set(links.map((link) => link?.publicKey));
    expect(keys.size).toBe(3);
    for (const link of links) for (const peer of link?.peers ?? []) expect(keys).toContain(peer.publicKey);
  });
});

describe('flannel with ipip', () => {
  it('has a device with the node’s address and on-link routes by way of the nodes', () => {
    const netns = node1('flannel-ipip');
    expect(texts(printIpRoute(netns)).filter((line) => line.includes('flannel'))).toEqual([
      '10.244.1.0/24 via 192.168.1.12 dev flannel.ipip onlink ',
      '10.244.2.0/24 via 192.168.1.13 dev flannel.ipip onlink ',
    ]);
    expect(texts(printIpLink(netns, ({ kind }) => kind === 'ipip'))).toEqual([
      '6: flannel.ipip@NONE: <NOARP,UP,LOWER_UP> mtu 1480 qdisc noqueue state UNKNOWN mode DEFAULT group default qlen 1000',
      '    link/ipip 192.168.1.11 brd 0.0.0.0',
    ]);
  });

  it('goes out of the NIC with DirectRouting', () => {
    const netns = node1(undefined, { backend: { type: 'ipip', directRouting: true } });
    expect(texts(printIpRoute(netns))).toContain('10.244.1.0/24 via 192.168.1.12 dev eth0 onlink ');
  });
});

describe('flannel with EnableNFTables', () => {
  it('writes two tables of its own and leaves iptables alone', () => {
    const { nftables = [], netfilter } = node1('flannel-vxlan', { enableNftables: true });
    expect(nftables.map(({ family, name }) => `${family} ${name}`)).toEqual(['ip flannel-ipv4', 'ip6 flannel-ipv6']);
    const chains = netfilter.flatMap((table) => table.chains.map(({ name }) => name));
    expect(chains.filter((name) => name.startsWith('FLANNEL'))).toEqual([]);
  });
});
