import { expect, it } from 'vitest';
import type { Link } from '../../../datamodel/network/link.ts';
import { ipAddress, ipPrefix, macAddress } from '../../../wire/address.ts';
import { ACCEPT, protocol } from '../netfilter/match.ts';
import { ChainWriter } from '../netfilter/tableChanges.ts';
import { mainRoute } from '../netnsParts.ts';
import { layeredParts } from './layeredParts.ts';
import { layeredRules } from './layeredRules.ts';

const PODS = ipPrefix('10.244.2.0/24');
const OTHERS = ipPrefix('10.244.3.0/24');

function bridge(mtu: number): Link {
  return { kind: 'bridge', name: 'cni0', index: 3, owner: 'cni', mac: macAddress('02:00:00:00:00:01'), mtu, up: true };
}

function veth(name: string, index: number): Link {
  const peer = { netns: 'pod/default/a', link: 'eth0', index: 2 };
  return { kind: 'veth', name, index, owner: 'cni', mac: macAddress('02:00:00:00:00:02'), mtu: 1500, up: true, peer };
}

it('replaces a route to the same place, keeps the others, and takes the bridge that is there', () => {
  const old = [mainRoute('flanneld', PODS, { dev: 'flannel.1' }), mainRoute('flanneld', OTHERS, { dev: 'flannel.1' })];
  const young = [mainRoute('flanneld', PODS, { via: ipAddress('192.168.1.12'), dev: 'eth0' })];
  const parts = layeredParts([[{ links: [bridge(1450)], routes: old }], [{ links: [bridge(1500)], routes: young }]]);
  expect(parts.flatMap(({ routes = [] }) => routes)).toEqual([old[1], young[0]]);
  expect(parts.flatMap(({ links = [] }) => links)).toEqual([bridge(1450)]);
});

it('gives another number to a device whose number a veth has', () => {
  const parts = layeredParts([[{ links: [veth('cali1', 3)] }], [{ links: [bridge(1500), veth('veth1', 4)] }]]);
  const indices = parts.flatMap(({ links = [] }) => links.map(({ name, index }) => [name, index]));
  expect(indices).toEqual([
    ['cali1', 3],
    ['cni0', 5],
    ['veth1', 4],
  ]);
});

it('leaves one generation as it is', () => {
  const parts = [{ links: [bridge(1450)] }];
  expect(layeredParts([parts])).toEqual(parts);
});

it('lets an agent write its chain anew, and plugins add to the one that they share', () => {
  const written = (owner: string, chain: string, transport: 'tcp' | 'udp') => {
    const writer = new ChainWriter(owner, 'nat');
    writer.add(chain, [protocol(transport)], ACCEPT);
    return { tables: [{ table: 'nat', chains: writer.chains(), jumps: [] } as const] };
  };
  const rulesOf = (owner: string) => {
    const layers = [[written(owner, 'CHAIN', 'tcp')], [written(owner, 'CHAIN', 'udp')]];
    return layeredRules(layers).at(-1)?.tables?.[0]?.chains[0]?.rules.length;
  };
  expect(rulesOf('flanneld')).toBe(1);
  expect(rulesOf('cni')).toBe(2);
});
