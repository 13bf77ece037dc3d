import '../../../testing/allModes.ts';
import { describe, expect, it } from 'vitest';
import type { NftStatement, NftTable } from '../../../../datamodel/network/nftables.ts';
import { ipAddress } from '../../../../wire/address.ts';
import { tcpPacket } from '../testing/packets.ts';
import { table, testKernel } from '../testing/testKernel.ts';
import { base, nftMap, nftSet, nftTable } from './testing/nftTables.ts';

const ends = { source: ipAddress('10.244.0.2'), destination: ipAddress('10.96.0.1') };
const dnat: NftStatement = { type: 'dnat', address: ipAddress('10.244.1.3'), port: 8080 };
const drop: NftStatement = { type: 'verdict', verdict: { type: 'drop' } };
const accept: NftStatement = { type: 'verdict', verdict: { type: 'accept' } };
const counted: NftStatement = { type: 'verdict', verdict: { type: 'continue' } };

function kernelWith(
  nftables: readonly NftTable[],
  options: Parameters<typeof testKernel>[0] = {},
  registered?: readonly string[],
) {
  return testKernel({ ...options, nftables, ...(registered && { registered }) });
}

describe('nftables at the hooks', () => {
  it.each([
    [
      ['iptables filter FORWARD', 'ip test mine'],
      ['ip test', 'filter'],
    ],
    [
      ['ip test mine', 'iptables filter FORWARD'],
      ['filter', 'ip test'],
    ],
  ])('base chains of equal priority run from the last registered to the first: %j [NFT11]', (registered, expected) => {
    const mine = nftTable({ mine: base('FORWARD') }, { mine: [[counted]] });
    const node = kernelWith([mine], { tables: [table('filter', { FORWARD: ['-j ACCEPT'] })] }, registered);
    node.through(node.packet(tcpPacket(ends, {})), 'FORWARD', 'cni0', 'eth0');
    expect(node.steps().flatMap((step) => (step.type === 'hook' ? [step.table] : []))).toEqual(expected);
  });

  it('accept in one base chain does not spare the others; drop ends the packet [NFT12]', () => {
    const tables = nftTable(
      { first: base('FORWARD', 'filter', -10), second: base('FORWARD') },
      { first: [[accept]], second: [[drop]] },
    );
    const node = kernelWith([tables]);
    expect(node.through(node.packet(tcpPacket(ends, {})), 'FORWARD', 'cni0', 'eth0')).toBe('drop');
    const steps = node.steps();
    expect(steps.map(({ type }) => type)).toEqual(['rule', 'hook', 'rule', 'hook', 'drop']);
    expect(steps.at(-1)).toMatchObject({ reason: 'NETFILTER_DROP', entry: { table: 'nft', id: 'test second 1' } });
  });

  it('a nat chain turns conntrack on, and only a connection’s first packet walks it [NFT13]', () => {
    const nat = nftTable({ pre: base('PREROUTING', 'nat', -100) }, { pre: [[dnat]] });
    const node = kernelWith([nat]);
    const first = node.packet(tcpPacket(ends, {}));
    node.through(first, 'PREROUTING', 'cni0');
    const steps = node.steps();
    expect(steps.map(({ type }) => type)).toEqual(['session', 'rule', 'hook', 'translate']);
    expect(steps.at(-1)).toMatchObject({ kind: 'dnat', by: 'rule', entry: { table: 'nft', id: 'test pre 1' } });
    node.through(first, 'POSTROUTING', undefined, 'flannel.1');
    node.steps();
    node.through(node.packet(tcpPacket(ends, {})), 'PREROUTING', 'cni0');
    expect(node.steps().map(({ type }) => type)).toEqual(['session', 'translate']);
  });

  it('of two nat chains at a hook the first that decides is the only one to [NFT14]', () => {
    const mine = nftTable({ pre: base('PREROUTING', 'nat', -100) }, { pre: [[dnat]] });
    const theirs = table('nat', { PREROUTING: ['-p tcp -j DNAT --to-destination 10.244.1.4:80'] });
    const registered = ['iptables nat PREROUTING', 'ip test pre'];
    const node = kernelWith([mine], { tables: [theirs] }, registered);
    node.through(node.packet(tcpPacket(ends, {})), 'PREROUTING', 'cni0');
    const hooks = node.steps().filter(({ type }) => type === 'hook');
    expect(hooks).toMatchObject([{ table: 'ip test', chain: 'pre', chainType: 'nat', policy: false }]);
  });

  it('says which key in which map dropped a packet, for whom', () => {
    const maps = [nftMap('none', { '10.96.0.1 . tcp . 80': { type: 'drop' } })];
    const rule: NftStatement = { type: 'vmap', key: ['daddr', 'l4proto', 'dport'], map: 'none' };
    const node = kernelWith([nftTable({ mine: base('FORWARD') }, { mine: [[rule]] }, { maps })]);
    const ports = { sourcePort: 40_000, destinationPort: 80 };
    node.through(node.packet(tcpPacket(ends, ports)), 'FORWARD', 'cni0', 'eth0');
    expect(node.steps().at(-1)).toMatchObject({
      because: 'A rule of the chain mine in the table ip test, which finds 10.96.0.1 . tcp . 80 in @none says drop.',
    });
  });

  it('sends an ICMP error for reject [NFT15]', () => {
    const node = kernelWith([nftTable({ mine: base('FORWARD') }, { mine: [[{ type: 'reject' }]] })]);
    expect(node.through(node.packet(tcpPacket(ends, {})), 'FORWARD', 'cni0', 'eth0')).toBe('drop');
    expect(node.sent.errors).toEqual([{ type: 3, code: 3 }]);
  });

  it('draws the endpoint that a person picked, else any by chance [NFT16]', () => {
    const chain = (n: number) => `to-${n}`;
    const to = (n: number): NftStatement => ({ type: 'dnat', address: ipAddress(`10.244.1.${n}`), port: 8080 });
    const verdicts = [1, 2, 3].map((n) => ({ type: 'goto' as const, chain: chain(n) }));
    const nat = nftTable(
      { pre: base('PREROUTING', 'nat', -100) },
      { pre: [[{ type: 'numgen', verdicts }]], 'to-1': [[to(1)]], 'to-2': [[to(2)]], 'to-3': [[to(3)]] },
    );
    const drawn = (options: Parameters<typeof testKernel>[0]) => {
      const node = kernelWith([nat], options);
      node.through(node.packet(tcpPacket(ends, {})), 'PREROUTING', 'cni0');
      const step = node.steps().find(({ type }) => type === 'rule');
      return step?.type === 'rule' ? step.coin : undefined;
    };
    const pick = { address: ipAddress('10.244.1.3'), port: 8080 };
    expect(drawn({ pick })).toMatchObject({ picked: true, number: { drawn: 2, modulus: 3 } });
    const numbers = Array.from({ length: 40 }, (_, seed) => drawn({ seed })?.number?.drawn);
    expect(new Set(numbers)).toEqual(new Set([0, 1, 2]));
  });

  it('forgets an element of a dynamic set that nothing renewed in time [NFT17]', () => {
    const sets = [nftSet('clients', [], 60)];
    const known: NftStatement = { type: 'address', end: 'saddr', in: { set: 'clients' } };
    const mine = nftTable(
      { mine: base('FORWARD') },
      { mine: [[known, counted], [{ type: 'update', set: 'clients', key: ['saddr'] }]] },
      { sets },
    );
    const node = kernelWith([mine]);
    const positions = () => {
      node.through(node.packet(tcpPacket(ends, {})), 'FORWARD', 'cni0', 'eth0');
      return node.steps().flatMap((step) => (step.type === 'rule' ? [step.position] : []));
    };
    const wait = (seconds: number) => {
      node.queue.schedule(seconds * 1e9, () => {});
      node.queue.run(10);
    };
    expect(positions()).toEqual([2]);
    wait(59);
    expect(positions()).toEqual([1, 2]);
    wait(60);
    expect(positions()).toEqual([2]);
  });
});
