import { describe, expect, it } from 'vitest';
import { ipAddress } from '../../../wire/address.ts';
import { emitIcmpError } from '../../../wire/icmpv4.ts';
import { IpProtocol } from '../../../wire/ipv4.ts';
import type { SkbMeta } from '../skb.ts';
import type { DecidableMatch } from './match.ts';
import { compileMatch } from './match.ts';
import { readPacket } from './packet.ts';
import { iptablesRule } from './testing/iptablesRestore.ts';
import { echoPacket, ipPacket, packetOf, SYN_ACK, tcpPacket, udpPacket } from './testing/packets.ts';
import { table, testKernel } from './testing/testKernel.ts';

const POD = ipAddress('10.244.0.2');
const SERVICE = ipAddress('10.96.42.10');
const ends = { source: POD, destination: SERVICE };
const syn = tcpPacket(ends, { sourcePort: 40_000, destinationPort: 80 });
const datagram = udpPacket(ends, 5353, 53);
const node = testKernel();

/** Whether the words of one iptables match hold for a packet that came in by cni0 and goes out by flannel.1. */
function holds(words: string, bytes: Uint8Array, meta: Partial<SkbMeta> = {}, devices = true): boolean {
  const match = iptablesRule('r', words).matches.at(-1) as DecidableMatch;
  const context = devices ? { inputDevice: 'cni0', outputDevice: 'flannel.1' } : {};
  return compileMatch(match)(readPacket(node.kernel, node.packet(bytes, meta), 'FORWARD', context));
}

describe('matches on the IP header and devices', () => {
  it.each([
    ['-s 10.244.0.0/16', true],
    ['-s 10.244.0.2/32', true],
    ['-s 10.244.1.0/24', false],
    ['! -s 10.244.1.0/24', true],
    ['-s 0.0.0.0/0', true],
    ['-d 10.96.42.10/32', true],
    ['-d 10.96.42.11/32', false],
    ['! -d 224.0.0.0/4', true],
    ['! -d 10.96.0.0/12', false],
    ['-s fd00::/8', false],
    ['-i cni0', true],
    ['-i cni', false],
    ['-i cn+', true],
    ['! -i cni0', false],
    ['-o flannel.1', true],
    ['-o eth+', false],
    ['! -o eth+', true],
    ['-p tcp', true],
    ['-p udp', false],
    ['! -p udp', true],
    ['-p 6', true],
    ['-p 0', true],
    ['-m comment --comment "says nothing"', true],
  ])('%s: %s', (words, expected) => {
    expect(holds(words, syn)).toBe(expected);
  });

  it('a packet without a device has one with no name [NF8]', () => {
    expect(holds('-i eth0', syn, {}, false)).toBe(false);
    expect(holds('! -i eth0', syn, {}, false)).toBe(true);
    expect(holds('-i +', syn, {}, false)).toBe(true);
  });
});

describe('matches on ports and ICMP types', () => {
  it.each([
    ['-p tcp -m tcp --dport 80', syn, true],
    ['-p tcp -m tcp --dport 81', syn, false],
    ['-p tcp -m tcp ! --dport 81', syn, true],
    ['-p tcp -m tcp --dport 79:81', syn, true],
    ['-p tcp -m tcp --sport 40000', syn, true],
    ['-p tcp -m tcp ! --sport 40000', syn, false],
    ['-p udp -m udp --dport 80', syn, false],
    ['-p udp -m udp --dport 53', datagram, true],
    ['-p tcp -m multiport --dports 22,80,8000:8010', syn, true],
    ['-p tcp -m multiport --dports 22,8000:8010', syn, false],
    ['-p tcp -m multiport ! --dports 22', syn, true],
    ['-p icmp -m icmp --icmp-type 8', echoPacket(ends, 7), true],
    ['-p icmp -m icmp --icmp-type 0', echoPacket(ends, 7), false],
    ['-p icmp -m icmp ! --icmp-type 0', echoPacket(ends, 7), true],
    ['-p icmp -m icmp --icmp-type 255', echoPacket(ends, 7), true],
    ['-p icmp -m icmp --icmp-type 8', syn, false],
  ])('%s', (words, bytes, expected) => {
    expect(holds(words, bytes)).toBe(expected);
  });

  it('an ICMP code counts when it is given', () => {
    const error = ipPacket(ends, IpProtocol.icmp, emitIcmpError({ type: 3, code: 4 }, syn.slice(0, 28)));
    expect(holds('-p icmp -m icmp --icmp-type 3/4', error)).toBe(true);
    expect(holds('-p icmp -m icmp --icmp-type 3/1', error)).toBe(false);
    expect(holds('-p icmp -m icmp --icmp-type 3', error)).toBe(true);
  });

  it('behind the first fragment there are no ports, not even for a negation [NF8]', () => {
    const later = ipPacket(ends, IpProtocol.udp, new Uint8Array(16).fill(53), { fragmentOffset: 1480 });
    expect(holds('-p udp -m udp --dport 13621', later)).toBe(false);
    expect(holds('-p udp -m udp ! --dport 53', later)).toBe(false);
    expect(holds('-p udp', later)).toBe(true);
  });
});

describe('matches on what the kernel knows about a packet', () => {
  it('compares the masked mark', () => {
    const marked = { mark: 0x1_4000 };
    expect(holds('-m mark --mark 0x4000/0x4000', syn, marked)).toBe(true);
    expect(holds('-m mark ! --mark 0x4000/0x4000', syn, marked)).toBe(false);
    expect(holds('-m mark --mark 0x4000', syn, marked)).toBe(false);
    expect(holds('-m mark --mark 0x80000000/0x80000000', syn, { mark: 0x8000_0000 })).toBe(true);
  });

  it('knows local, broadcast and multicast addresses from the local table [NF7]', () => {
    const to = (destination: string) => tcpPacket({ source: POD, destination: ipAddress(destination) }, {});
    const type = '-m addrtype --dst-type';
    expect(holds(`${type} LOCAL`, to('192.168.1.11'))).toBe(true);
    expect(holds(`${type} LOCAL`, to('192.168.1.12'))).toBe(false);
    expect(holds('-m addrtype ! --dst-type LOCAL', to('192.168.1.12'))).toBe(true);
    expect(holds(`${type} UNICAST`, to('192.168.1.12'))).toBe(true);
    expect(holds(`${type} BROADCAST`, to('192.168.1.255'))).toBe(true);
    expect(holds(`${type} MULTICAST`, to('224.0.0.1'))).toBe(true);
    expect(holds('-m addrtype --src-type LOCAL', to('192.168.1.12'))).toBe(false);
    expect(
      holds('-m addrtype --src-type LOCAL', tcpPacket({ source: ipAddress('10.244.0.1'), destination: POD }, {})),
    ).toBe(true);
  });

  it('reads the state that conntrack has noted; nothing noted is INVALID [NF9]', () => {
    const state = '-m conntrack --ctstate';
    expect(holds(`${state} NEW`, syn, { connectionState: 'NEW' })).toBe(true);
    expect(holds(`${state} RELATED,ESTABLISHED`, syn, { connectionState: 'NEW' })).toBe(false);
    expect(holds(`${state} RELATED,ESTABLISHED`, syn, { connectionState: 'RELATED' })).toBe(true);
    expect(holds('-m conntrack ! --ctstate RELATED,ESTABLISHED', syn, { connectionState: 'NEW' })).toBe(true);
    expect(holds(`${state} INVALID`, syn)).toBe(true);
    expect(holds(`${state} UNTRACKED`, syn, { connectionState: 'UNTRACKED' })).toBe(true);
    expect(holds(`${state} INVALID`, syn, { connectionState: 'UNTRACKED' })).toBe(false);
  });

  it('DNAT and SNAT are states of the connection, whichever way a packet goes', () => {
    const nat = testKernel({
      tables: [
        table('nat', {
          PREROUTING: ['-p tcp -m tcp --dport 80 -j DNAT --to-destination 10.244.1.3:8080'],
          POSTROUTING: ['-d 10.244.1.4/32 -j SNAT --to-source 10.244.0.0'],
        }),
        table('filter', {
          FORWARD: [
            '-m conntrack --ctstate DNAT -m comment --comment d',
            '-m conntrack --ctstate SNAT -m comment --comment s',
          ],
        }),
      ],
    });
    const route = (bytes: Uint8Array) => {
      const skb = nat.packet(bytes);
      nat.through(skb, 'PREROUTING', 'cni0');
      nat.through(skb, 'FORWARD', 'cni0', 'flannel.1');
      nat.through(skb, 'POSTROUTING', 'cni0', 'flannel.1');
      const rules = nat.steps().filter((step) => step.type === 'rule' && step.table === 'filter');
      return { skb, matched: rules.map((step) => step.entry?.id) };
    };
    expect(route(syn).matched).toEqual(['filter FORWARD 1']);
    const connection = [...nat.kernel.connections.values()][0]!;
    expect(route(packetOf(connection.reply, SYN_ACK)).matched).toEqual(['filter FORWARD 1']);
    const plain = { source: POD, destination: ipAddress('10.244.1.4') };
    expect(route(udpPacket(plain, 1111, 9000)).matched).toEqual([]);
    expect(route(udpPacket(plain, 1111, 9000)).matched).toEqual(['filter FORWARD 2']);
  });

  it('a ping whose identifier was rewritten has SNAT, and no DNAT', () => {
    const rules = [
      '-m conntrack --ctstate DNAT -m comment --comment d',
      '-m conntrack --ctstate SNAT -m comment --comment s',
    ];
    const nat = testKernel({
      tables: [table('nat', { POSTROUTING: ['-j MASQUERADE --random-fully'] }), table('filter', { FORWARD: rules })],
    });
    const ping = echoPacket({ source: POD, destination: ipAddress('192.168.1.100') }, 7);
    for (const matched of [[], ['filter FORWARD 2']]) {
      const skb = nat.packet(ping.slice());
      nat.through(skb, 'PREROUTING', 'cni0');
      nat.through(skb, 'FORWARD', 'cni0', 'eth0');
      nat.through(skb, 'POSTROUTING', 'cni0', 'eth0');
      expect(
        nat.steps().flatMap((step) => (step.type === 'rule' && step.table === 'filter' ? [step.entry?.id] : [])),
      ).toEqual(matched);
    }
  });
});
