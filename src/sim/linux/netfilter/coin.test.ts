import { describe, expect, it } from 'vitest';
import type { NetfilterTable } from '../../../datamodel/network/netfilter.ts';
import { ipAddress } from '../../../wire/address.ts';
import { Ipv4View } from '../../../wire/ipv4.ts';
import { tcpPacket } from './testing/packets.ts';
import type { TestNode } from './testing/testKernel.ts';
import { table, testKernel } from './testing/testKernel.ts';

const VIP = ipAddress('10.96.42.10');
const ENDPOINTS = ['10.244.0.3', '10.244.1.3', '10.244.2.3'].map(ipAddress);

/** A Service of three endpoints as kube-proxy writes it, by jumps. */
const service = table('nat', {
  PREROUTING: ['-j SERVICES'],
  SERVICES: ['-d 10.96.42.10/32 -p tcp -m tcp --dport 80 -j SVC'],
  SVC: [
    '-m statistic --mode random --probability 0.33333333349 -j SEP-0',
    '-m statistic --mode random --probability 0.50000000000 -j SEP-1',
    '-j SEP-2',
  ],
  ...Object.fromEntries(ENDPOINTS.map((ip, i) => [`SEP-${i}`, [`-p tcp -m tcp -j DNAT --to-destination ${ip}:8080`]])),
});

function choose(sourcePort: number, options: TestNode = {}, tables: readonly NetfilterTable[] = [service]) {
  const node = testKernel({ tables, ...options });
  const skb = node.packet(
    tcpPacket({ source: ipAddress('10.244.0.2'), destination: VIP }, { sourcePort, destinationPort: 80 }),
  );
  const verdict = node.through(skb, 'PREROUTING', 'cni0');
  const coins = node.steps().flatMap((step) => (step.type === 'rule' && step.coin ? [step.coin] : []));
  return { verdict, endpoint: new Ipv4View(skb.bytes).destination, coins };
}

describe('-m statistic [NF11]', () => {
  it('spreads connections evenly over three endpoints', () => {
    const counts = new Map<string, number>();
    for (let port = 1; port <= 3000; port++) {
      const { endpoint } = choose(port);
      counts.set(endpoint, (counts.get(endpoint) ?? 0) + 1);
    }
    for (const ip of ENDPOINTS) expect(counts.get(ip)).toBeGreaterThan(900);
    for (const ip of ENDPOINTS) expect(counts.get(ip)).toBeLessThan(1100);
  });

  it('is a function of seed and connection', () => {
    const all = (seed: number) => Array.from({ length: 50 }, (_, i) => choose(2000 + i, { seed }).endpoint);
    expect(all(7)).toEqual(all(7));
    expect(all(7)).not.toEqual(all(8));
  });

  it('records the value of the coin that fell for the rule', () => {
    const found = Array.from({ length: 30 }, (_, i) => choose(3000 + i)).filter(({ coins }) => coins.length > 0);
    expect(found.length).toBeGreaterThan(10);
    for (const { coins } of found) {
      expect(coins).toHaveLength(1);
      expect(coins[0]!.value).toBeGreaterThanOrEqual(0);
      expect(coins[0]!.value).toBeLessThan(coins[0]!.probability);
      expect(coins[0]!.picked).toBe(false);
    }
  });

  it('never matches at 0 and always at 1', () => {
    const chains = (probability: number) =>
      table('filter', { PREROUTING: [], FORWARD: [`-m statistic --mode random --probability ${probability} -j DROP`] });
    for (let port = 1; port <= 50; port++) {
      for (const [probability, verdict] of [
        [0, 'accept'],
        [1, 'drop'],
      ] as const) {
        const node = testKernel({ tables: [chains(probability)] });
        const skb = node.packet(tcpPacket({ source: VIP, destination: VIP }, { sourcePort: port }));
        expect(node.through(skb, 'FORWARD')).toBe(verdict);
      }
    }
  });

  it('every packet of a connection tosses anew', () => {
    const node = testKernel({
      tables: [table('filter', { FORWARD: ['-m statistic --mode random --probability 0.5 -j DROP'] })],
    });
    const verdicts = Array.from({ length: 40 }, () =>
      node.through(node.packet(tcpPacket({ source: VIP, destination: VIP }, {})), 'FORWARD'),
    );
    expect(new Set(verdicts)).toEqual(new Set(['accept', 'drop']));
  });
});

describe('a picked endpoint', () => {
  it('is where the coin falls, through jumps, and the coin says so', () => {
    for (const address of ENDPOINTS) {
      for (let port = 1; port <= 20; port++) {
        const { endpoint, coins } = choose(port, { pick: { address, port: 8080 } });
        expect(endpoint).toBe(address);
        for (const coin of coins) {
          expect(coin.picked).toBe(true);
          expect(coin.value).toBeLessThan(coin.probability);
        }
      }
    }
  });

  it('that no rule leads to leaves the coin to chance', () => {
    const free = Array.from({ length: 40 }, (_, i) => choose(100 + i).endpoint);
    const elsewhere = { address: ipAddress('10.244.9.9'), port: 8080 };
    const otherPort = { address: ENDPOINTS[0]!, port: 9090 };
    expect(Array.from({ length: 40 }, (_, i) => choose(100 + i, { pick: elsewhere }).endpoint)).toEqual(free);
    expect(Array.from({ length: 40 }, (_, i) => choose(100 + i, { pick: otherPort }).endpoint)).toEqual(free);
  });

  it('cannot make a coin fall on a side that it does not have', () => {
    const rigged = table('nat', {
      PREROUTING: ['-j SVC'],
      SVC: [
        '-m statistic --mode random --probability 0 -j SEP-0',
        '-m statistic --mode random --probability 1 -j SEP-1',
        '-j SEP-2',
      ],
      ...Object.fromEntries(ENDPOINTS.map((ip, i) => [`SEP-${i}`, [`-p tcp -j DNAT --to-destination ${ip}:8080`]])),
    });
    for (const address of ENDPOINTS) {
      const { endpoint, coins } = choose(1, { pick: { address, port: 8080 } }, [rigged]);
      expect(endpoint).toBe(ENDPOINTS[1]);
      expect(coins[0]?.picked).toBe(address === ENDPOINTS[1]);
    }
  });
});
