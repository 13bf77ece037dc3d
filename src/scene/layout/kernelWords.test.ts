import { expect, it } from 'vitest';
import type { NodeView } from '../../datamodel/cluster/view.ts';
import { makeCluster } from '../testing/cluster.ts';
import { kernelTitle } from './kernelWords.ts';

const NFTABLES = { nftables: ['ip kube-proxy', 'ip6 kube-proxy'], nftCounts: { rules: 58, mapElements: 1 } } as const;

function rightOf(rest: Partial<NodeView>): readonly string[] {
  const [node] = makeCluster({ nodes: 1, pods: [1] }).nodes;
  if (!node) throw new Error('no node');
  return kernelTitle({ ...node, ...rest }).right;
}

it('says what serves Services, and how much of it there is', () => {
  expect(rightOf({})).toEqual(['iptables · 61 rules', 'iptables']);
  expect(rightOf(NFTABLES)).toEqual(['nftables · 58 rules, 1 map element', 'nftables · 58 rules', 'nftables']);
  expect(rightOf({ nftables: ['ip kube-proxy'] })).toEqual(['nftables']);
  expect(rightOf({ virtualServers: 7 })[0]).toBe('IPVS · 7 virtual servers');
});

it('does not take a person’s own nft table for kube-proxy’s', () => {
  expect(rightOf({ nftables: ['ip mine'] })[0]).toBe('iptables · 61 rules');
});

it('says what is left of other modes, and does not take it for what is in force', () => {
  expect(rightOf({ ...NFTABLES, leftovers: ['nftables'] })).toEqual([
    'iptables · 61 rules + old nftables',
    'iptables + old nftables',
  ]);
  expect(rightOf({ ...NFTABLES, virtualServers: 7, leftovers: ['ipvs', 'iptables'] })[0]).toBe(
    'nftables · 58 rules, 1 map element + old IPVS, iptables',
  );
});

it('says first that nobody keeps it up to date', () => {
  expect(rightOf({ proxyRunning: false })).toEqual([
    'kube-proxy stopped · iptables · 61 rules',
    'kube-proxy stopped · iptables',
    'kube-proxy stopped',
  ]);
});
