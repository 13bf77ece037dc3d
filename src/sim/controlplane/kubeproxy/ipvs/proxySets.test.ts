import '../../../testing/allModes.ts';
import { describe, expect, it } from 'vitest';
import { ipAddress } from '../../../../wire/address.ts';
import { serviceCluster } from '../../../services/serviceCluster.ts';
import { DEFAULT_SETTINGS } from '../../../simulation.ts';
import { compile } from '../../compile.ts';
import { richCluster } from '../../testing/richCluster.ts';

const CLUSTERS = { 'one of everything': richCluster(), 'many Services': serviceCluster(40, 7).objects };
const STRANGER = ipAddress('198.51.100.1');

describe.each(Object.entries(CLUSTERS))('sets that are asked before they are collected: %s', (_, objects) => {
  const compiled = compile(objects, { ...DEFAULT_SETTINGS, proxyMode: 'ipvs' });
  const sets = [...compiled.plan.nodes.values()].flatMap((node) => {
    const { ipsets = [], addresses = [] } = compiled.netns(node.netns) ?? {};
    return ipsets.flatMap((set) => (set.has ? [{ set, addresses }] : []));
  });

  it('have the members that they list, and nobody else', () => {
    expect(new Set(sets.map(({ set }) => set.name))).toEqual(
      new Set(['CLUSTER-IP', 'IPVS-IPS', 'LOOP-BACK'].flatMap((name) => [`KUBE-${name}`, `KUBE-6-${name}`])),
    );
    for (const { set } of sets) {
      for (const member of set.members) {
        expect(set.has?.(member), `${set.name} ${JSON.stringify(member)}`).toBe(true);
        expect(set.has?.({ ...member, address: STRANGER })).toBe(false);
        if (member.port !== undefined) expect(set.has?.({ ...member, port: 1 })).toBe(false);
        if (member.second) expect(set.has?.({ ...member, second: { address: STRANGER, length: 32 } })).toBe(false);
      }
    }
  });

  it('do not take the node’s own addresses for bound ones', () => {
    for (const { set, addresses } of sets) {
      if (set.name !== 'KUBE-IPVS-IPS') continue;
      const own = addresses.filter(({ link }) => link !== 'kube-ipvs0');
      for (const { address } of own) expect(set.has?.({ address })).toBe(false);
    }
  });
});
