import { describe, expect, it } from 'vitest';
import type { Match, NetfilterTable, Target } from '../datamodel/network/netfilter.ts';
import { ipAddress, ipPrefix } from '../wire/address.ts';
import { printRule, printTable } from './iptablesSave.ts';

function printed(matches: readonly Match[], target: Target = { type: 'RETURN' }): string {
  return printRule('X', { id: 'r', owner: 'user', matches, target });
}

describe('rules as iptables-save 1.8.9 printed them back', () => {
  const port = (from: number, to = from) => ({ from, to });
  const tcp: Match = { type: 'protocol', protocol: 'tcp' };

  it.for<readonly [string, readonly Match[], Target?]>([
    [
      '-A X -s 1.2.3.4/32 ! -d 10.0.0.0/8 -i eth0 ! -o eth1 -p tcp -m tcp --dport 53 -j RETURN',
      [
        { type: 'source', prefix: ipPrefix('1.2.3.4/32') },
        { type: 'destination', prefix: ipPrefix('10.9.8.7/8'), negate: true },
        { type: 'inInterface', name: 'eth0' },
        { type: 'outInterface', name: 'eth1', negate: true },
        tcp,
        { type: 'transport', protocol: 'tcp', destination: port(53) },
      ],
    ],
    [
      '-A X -p tcp -m tcp --sport 1:3 ! --dport 4:5 -j SNAT --to-source 1.2.3.4:1-5 --random-fully',
      [
        tcp,
        { type: 'transport', protocol: 'tcp', source: port(1, 3), destination: port(4, 5), negateDestination: true },
      ],
      { type: 'SNAT', address: ipAddress('1.2.3.4'), ports: port(1, 5), randomFully: true },
    ],
    [
      '-A X -p tcp -j MASQUERADE --to-ports 1024-65535 --random-fully',
      [tcp],
      { type: 'MASQUERADE', ports: port(1024, 65535), randomFully: true },
    ],
    [
      '-A X -p tcp -m multiport ! --dports 80,443,1000:2000 -j RETURN',
      [tcp, { type: 'multiport', destination: [port(80), port(443), port(1000, 2000)], negate: true }],
    ],
    [
      '-A X -m statistic --mode random --probability 0.00999999978 -j RETURN',
      [{ type: 'statistic', probability: 0.01 }],
    ],
    [
      '-A X -m statistic --mode random --probability 0.14285714272 -j RETURN',
      [{ type: 'statistic', probability: 0.1428571429 }],
    ],
    ['-A X -m statistic --mode random --probability 1.00000000000 -j RETURN', [{ type: 'statistic', probability: 1 }]],
    ['-A X -m comment --comment plain-text_1', [{ type: 'comment', text: 'plain-text_1' }], { type: 'none' }],
    [
      `-A X -m comment --comment "quo\\"te \\'x\\' back\\\\slash"`,
      [{ type: 'comment', text: `quo"te 'x' back\\slash` }],
      { type: 'none' },
    ],
    [
      '-A X -p icmp -m icmp --icmp-type 8 -j RETURN',
      [
        { type: 'protocol', protocol: 'icmp' },
        { type: 'icmp', icmpType: 8 },
      ],
    ],
    [
      '-A X -p icmp -m icmp --icmp-type 3/4 -j RETURN',
      [
        { type: 'protocol', protocol: 1 },
        { type: 'icmp', icmpType: 3, code: 4 },
      ],
    ],
    ['-A X ! -p gre -j RETURN', [{ type: 'protocol', protocol: 47, negate: true }]],
    [
      '-A X -m addrtype ! --src-type LOCAL --dst-type MULTICAST -j RETURN',
      [{ type: 'addrtype', source: 'LOCAL', negateSource: true, destination: 'MULTICAST' }],
    ],
    [
      '-A X -m mark --mark 0x1 -j MARK --set-xmark 0x5/0xffffffff',
      [{ type: 'mark', value: 1, mask: 0xffffffff }],
      { type: 'MARK', value: 5, mask: 0xffffffff },
    ],
    ['-A X -m mark ! --mark 0x1/0x2 -j RETURN', [{ type: 'mark', value: 1, mask: 2, negate: true }]],
    [
      '-A X -m conntrack ! --ctstate INVALID,NEW,RELATED,ESTABLISHED,UNTRACKED,SNAT,DNAT -j RETURN',
      [
        {
          type: 'conntrack',
          states: ['UNTRACKED', 'SNAT', 'DNAT', 'NEW', 'INVALID', 'ESTABLISHED', 'RELATED'],
          negate: true,
        },
      ],
    ],
    [
      '-A X -m recent ! --rcheck --name L --mask 255.255.255.255 --rsource -g Y',
      [{ type: 'recent', name: 'L', operation: 'rcheck', negate: true }],
      { type: 'goto', chain: 'Y' },
    ],
    [
      '-A X -m recent --update --seconds 10800 --name L --mask 255.255.255.255 --rsource -j DROP',
      [{ type: 'recent', name: 'L', operation: 'update', seconds: 10800 }],
      { type: 'DROP' },
    ],
    ['-A X -j REJECT --reject-with icmp-admin-prohibited', [], { type: 'REJECT', with: 'icmp-admin-prohibited' }],
    [
      '-A X -p udp -m udp --dport 8472 -j NOTRACK',
      [
        { type: 'protocol', protocol: 'udp' },
        { type: 'transport', protocol: 'udp', destination: port(8472) },
      ],
      { type: 'NOTRACK' },
    ],
    [
      '-A X -j DNAT --to-destination [2001:db8::1]:80',
      [],
      { type: 'DNAT', address: ipAddress('2001:db8::1'), ports: port(80) },
    ],
    ['-A X -j DNAT --to-destination :80', [], { type: 'DNAT', ports: port(80) }],
  ])('%s', ([text, matches, target]) => {
    expect(printed(matches, target)).toBe(text);
  });
});

it('prints built-in chains in the order of their hooks, then the others by name', () => {
  const table: NetfilterTable = {
    family: 'ipv4',
    name: 'filter',
    chains: [
      { name: 'b', rules: [] },
      { name: 'FORWARD', policy: 'DROP', rules: [] },
      { name: 'Z', rules: [{ id: 'z1', owner: 'user', matches: [], target: { type: 'ACCEPT' } }] },
      {
        name: 'INPUT',
        policy: 'ACCEPT',
        rules: [{ id: 'i1', owner: 'user', matches: [], target: { type: 'jump', chain: 'Z' } }],
      },
      { name: 'A_x', rules: [] },
    ],
  };
  expect(printTable(table)).toEqual([
    { text: '# Generated by iptables-save v1.8.9 (nf_tables)' },
    { text: '*filter' },
    { text: ':INPUT ACCEPT [0:0]' },
    { text: ':FORWARD DROP [0:0]' },
    { text: ':A_x - [0:0]' },
    { text: ':Z - [0:0]' },
    { text: ':b - [0:0]' },
    { text: '-A INPUT -j Z', entry: 'i1' },
    { text: '-A Z -j ACCEPT', entry: 'z1' },
    { text: 'COMMIT' },
    { text: '# Completed' },
  ]);
});
