import { describe, expect, it } from 'vitest';
import { Icmpv4View } from '../../wire/icmpv4.ts';
import { IpProtocol, Ipv4View } from '../../wire/ipv4.ts';
import { type CapturedFlow, simulateCapturedFlow } from './capturedFlow.ts';

/* What was seen of tunnels that do not work, without the frames having been kept. */

const flow = (change: Partial<CapturedFlow>): CapturedFlow => ({
  name: 'seen',
  doc: '',
  cni: 'ipip',
  pick: '10.244.1.3:8080',
  randomFully: true,
  send: [],
  result: '',
  bytes: [],
  frames: [],
  ...change,
});

interface Seen {
  readonly at: string;
  readonly ip: Ipv4View;
}

function run(captured: CapturedFlow): { readonly seen: readonly Seen[]; readonly outcomes: readonly string[] } {
  const { conversation } = simulateCapturedFlow(captured);
  const seen = conversation.captures.flatMap(({ netns, device, direction, bytes, link }) => {
    const ip = new Ipv4View(bytes, link === 'ip' ? 0 : 14);
    return ip.version === 4 ? [{ at: `${netns} ${device} ${direction}`, ip }] : [];
  });
  return { seen, outcomes: conversation.outcomes.map(({ type }) => type) };
}

function icmpAt(seen: readonly Seen[], at: string): { readonly from: string; readonly icmp: Icmpv4View } | undefined {
  const found = seen.find((each) => each.at === at && each.ip.protocol === IpProtocol.icmp);
  return found && { from: found.ip.source, icmp: new Icmpv4View(found.ip.bytes, found.ip.payloadOffset) };
}

describe('IPIP over an underlay of 1400 bytes', () => {
  const setup = ['node1: ip link set eth0 mtu 1400', 'node2: ip link set eth0 mtu 1400'];
  const sent = { do: 'udp', from: 'p1a', to: '10.244.1.3', port: 9000, payload: 1452, df: true } as const;

  it('refuses at tunl0 what forbids fragments, from eth0’s address, quoting the TTL after the hop', () => {
    const { seen, outcomes } = run(flow({ setup, send: [{ ...sent, sends: 2 }] }));
    expect(seen.some(({ at, ip }) => at === 'node/node1 tunl0 out' && ip.totalLength === 1480)).toBe(true);
    expect(seen.some(({ at }) => at === 'node/node1 eth0 out')).toBe(false);
    const told = icmpAt(seen, 'pod/default/p1a eth0 in');
    expect(told).toMatchObject({ from: '192.168.1.11', icmp: { type: 3, code: 4, nextHopMtu: 1380 } });
    expect(new Ipv4View(told?.icmp.bytes ?? new Uint8Array(0), told?.icmp.payloadOffset).ttl).toBe(63);
    expect(outcomes.at(-1)).toBe('message-too-long');
  });
});

describe('IPIP whose other end is down', () => {
  it('is told so by the other node, which does not reach the Pod', () => {
    const send = [{ do: 'ping', from: 'p1a', to: '10.244.1.3', payload: 56 }] as const;
    const { seen, outcomes } = run(flow({ setup: ['node2: ip link set tunl0 down'], send }));
    expect(icmpAt(seen, 'node/node1 eth0 in')).toMatchObject({ from: '192.168.1.12', icmp: { type: 3, code: 3 } });
    expect(icmpAt(seen, 'pod/default/p1a eth0 in')).toBeUndefined();
    expect(outcomes).toEqual(['timeout']);
  });
});

describe('traceroute through tunnels', () => {
  const ping = (cni: CapturedFlow['cni'], ttl: number): ReturnType<typeof run> =>
    run(flow({ cni, send: [{ do: 'ping', from: 'p1a', to: '10.244.1.3', payload: 56, ttl }] }));

  it('hears of the second hop from the tunnel’s own address', () => {
    for (const cni of ['ipip', 'wg'] as const) {
      const told = icmpAt(ping(cni, 2).seen, 'pod/default/p1a eth0 in');
      expect(told).toMatchObject({ from: '10.244.1.0', icmp: { type: 11, code: 0 } });
    }
  });

  it('sends an outer TTL of 1 into IPIP where the inner one is 1', () => {
    const { seen } = ping('ipip', 2);
    expect(seen.find(({ at, ip }) => at === 'node/node1 eth0 out' && ip.protocol === IpProtocol.ipip)?.ip.ttl).toBe(1);
  });
});

describe('a Pod whose MTU is the underlay’s', () => {
  it('is told the tunnel’s', () => {
    const setup = ['p1a', 'p2b'].flatMap((pod) => [
      `${pod}: ip link set eth0 mtu 1500`,
      `node${pod[1]}: ip link set veth(default/${pod}) mtu 1500`,
    ]);
    for (const [cni, more, mtu, from] of [
      ['ipip', [], 1480, '192.168.1.11'],
      ['wg', ['node1: ip link set cni0 mtu 1500', 'node2: ip link set cni0 mtu 1500'], 1420, '10.244.0.1'],
    ] as const) {
      const send = [{ do: 'udp', from: 'p1a', to: '10.244.1.3', port: 9000, payload: 1472, df: true }] as const;
      const { seen } = run(flow({ cni, setup: [...setup, ...more], send }));
      const told = icmpAt(seen, 'pod/default/p1a eth0 in');
      expect(told).toMatchObject({ from, icmp: { type: 3, code: 4, nextHopMtu: mtu } });
    }
  });
});
