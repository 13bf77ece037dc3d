import fc from 'fast-check';
import type { Step } from '../../datamodel/flow/step.ts';
import type { Hook } from '../../datamodel/network/netfilter.ts';
import type { NetnsId } from '../../datamodel/network/netnsId.ts';
import { ipAddress, macAddress } from '../../wire/address.ts';
import { emitIpv4, IpProtocol } from '../../wire/ipv4.ts';

const HOOKS: readonly Hook[] = ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'];
const ADDRESS = ipAddress('10.244.1.23');
const MAC = macAddress('0a:58:0a:f4:01:17');
const END = { address: ADDRESS, port: 80 };
const TUPLE = {
  protocol: 6,
  source: ADDRESS,
  destination: ipAddress('10.96.42.10'),
  sourcePort: 40000,
  destinationPort: 80,
};
const PACKET = emitIpv4({
  tos: 0,
  identification: 1,
  dontFragment: true,
  moreFragments: false,
  fragmentOffset: 0,
  ttl: 64,
  protocol: IpProtocol.udp,
  source: ADDRESS,
  destination: ipAddress('10.244.2.47'),
});

type Detail<T> = T extends Step
  ? Omit<T, keyof typeof BASE | 'netns' | 'device' | 'hook' | 'pass' | 'direction'>
  : never;
const BASE = { id: 0, time: 0, bytes: PACKET, link: 'ip' as const };

/** One of every kind, and of every variant that changes where it is drawn. */
const DETAILS: readonly Detail<Step>[] = [
  { type: 'originate', by: 'socket', what: 'SYN' },
  { type: 'originate', by: 'kernel', what: 'ARP who-has 10.244.1.1' },
  { type: 'receive', packetType: 'host' },
  { type: 'bridge', bridge: 'cni0', decision: 'forward', ports: ['veth0x0'], destination: MAC },
  { type: 'bridge', bridge: 'cni0', decision: 'blocked', ports: [], destination: MAC },
  { type: 'hook', table: 'filter', chain: 'FORWARD', verdict: 'accept', rulesEvaluated: 3, policy: false },
  { type: 'hook', table: 'nat', chain: 'PREROUTING', verdict: 'drop', rulesEvaluated: 1, policy: true },
  { type: 'rule', table: 'nat', chain: 'KUBE-SERVICES', position: 1, outcome: 'jump KUBE-SVC-A' },
  { type: 'translate', kind: 'dnat', by: 'rule', before: TUPLE, after: { ...TUPLE, destinationPort: 8080 } },
  { type: 'translate', kind: 'undo-snat', by: 'conntrack', before: TUPLE, after: TUPLE },
  { type: 'ipvs', event: 'scheduled', virtual: END, scheduler: 'rr', among: 3, server: END },
  { type: 'ipvs', event: 'persistent', virtual: END, scheduler: 'rr', among: 3, server: END },
  { type: 'ipvs', event: 'found', virtual: END, server: END },
  { type: 'ipvs', event: 'refused', virtual: END, scheduler: 'rr', among: 0 },
  { type: 'translate', kind: 'dnat', by: 'ipvs', before: TUPLE, after: { ...TUPLE, destinationPort: 8080 } },
  { type: 'translate', kind: 'snat', by: 'ebpf', before: TUPLE, after: { ...TUPLE, sourcePort: 40001 } },
  {
    type: 'program',
    attach: 'cgroup/connect4',
    name: 'cil_sock4_connect',
    action: 'translate',
    lookups: 3,
    service: '10.96.42.10:80/TCP',
    socket: { before: '10.96.42.10:80', after: '10.244.2.47:8080' },
  },
  { type: 'program', attach: 'tc ingress', name: 'cil_from_netdev', action: 'redirect', lookups: 7 },
  { type: 'session', event: 'new', state: 'NEW', reply: false },
  { type: 'route', purpose: 'input', destination: ADDRESS, result: 'unicast', dev: 'eth0' },
  { type: 'route', purpose: 'output', destination: ADDRESS, result: 'none' },
  { type: 'forward', ttl: 63 },
  { type: 'neighbor', address: ADDRESS, state: 'REACHABLE', mac: MAC, waiting: false },
  { type: 'arp', operation: 'request', asks: ADDRESS, outcome: 'ignored' },
  { type: 'encapsulate', tunnel: 'vxlan', overhead: 50, vni: 1, remote: ADDRESS },
  { type: 'decapsulate', tunnel: 'vxlan', overhead: 50, vni: 1 },
  { type: 'fragment', mtu: 1450, pieces: [1444, 76] },
  { type: 'reassemble', pieces: 2, length: 1500 },
  { type: 'transmit' },
  { type: 'deliver', to: 'socket', what: 'backend' },
  { type: 'drop', reason: 'NETFILTER_DROP', because: 'A rule says so.' },
  { type: 'drop', reason: 'IP_INNOROUTES', because: 'no route leads to it' },
  { type: 'drop', reason: 'IP_OUTNOROUTES', because: 'no route leads to it' },
  { type: 'drop', reason: 'IP_INHDR', because: 'The TTL of 1 does not allow another hop', icmp: { type: 11, code: 0 } },
  { type: 'drop', reason: 'PKT_TOO_BIG', because: 'It is too long', icmp: { type: 3, code: 4, mtu: 1450 } },
  { type: 'drop', reason: 'NO_SOCKET', because: 'nobody listens' },
  { type: 'drop', reason: 'NOT_SPECIFIED', because: '' },
];

/** Any step at any of the places, whether or not a kernel would take it there. */
export function anyStep(netns: readonly NetnsId[], devices: readonly string[]): fc.Arbitrary<Step> {
  return fc
    .record({
      detail: fc.constantFrom(...DETAILS),
      netns: fc.constantFrom(...netns),
      device: fc.option(fc.constantFrom(...devices, 'nobodys'), { nil: undefined }),
      hook: fc.option(fc.constantFrom(...HOOKS), { nil: undefined }),
      pass: fc.constantFrom('bridge' as const, 'host' as const, 'tunnel' as const),
      direction: fc.constantFrom('down' as const, 'up' as const),
    })
    .map(
      ({ detail, device, hook, ...rest }): Step => ({
        ...detail,
        ...BASE,
        ...rest,
        ...(device !== undefined && { device }),
        ...(hook !== undefined && { hook }),
      }),
    );
}
