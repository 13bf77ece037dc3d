import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { Link } from '../../datamodel/network/link.ts';
import type { Netns } from '../../datamodel/network/netns.ts';
import { type MacAddress, parseMacAddress } from '../../wire/address.ts';
import type { NetnsState } from '../linux/configure/netnsState.ts';
import { NOTHING_LEARNED } from '../linux/learned.ts';
import { shell } from './shell.ts';

/**
 * What the tools themselves said to these lines, one after another: iproute2 6.1.0, iptables 1.8.9 (nf_tables), conntrack
 * 1.4.7 and procps-ng 4.0.2 on Linux 6.18, in a network namespace made like the one below. Help texts are cut off behind
 * their first word: here they name what is simulated.
 */
const captured: readonly { readonly line: string; readonly exitCode: number; readonly errors: string }[] = JSON.parse(
  readFileSync(new URL('captured/toolErrors.json', import.meta.url), 'utf8'),
);

/** How the namespace was made, from devices that are there. */
const SETUP = `
ip link set lo up
ip link set eth0 up
ip addr add 10.0.0.2/24 dev eth0
ip link set br0 up
ip addr add 10.244.1.1/24 dev br0
ip link set p0 master br0
ip link set p0 up
ip link set vx0 up
ip route add 10.1.0.0/24 via 10.0.0.1
ip neigh add 10.0.0.5 lladdr 02:00:00:00:00:05 dev eth0 nud permanent
bridge fdb add 00:11:22:33:44:66 dev vx0 dst 10.0.0.9
bridge fdb add 00:11:22:33:44:77 dev p0 master
iptables -N FULL
iptables -N LEDGER
iptables -A FULL -j ACCEPT
iptables -A INPUT -j FULL
iptables -t nat -A PREROUTING -p tcp -j RETURN
iptables -t nat -A POSTROUTING -p tcp -j RETURN
iptables -t mangle -A INPUT -p tcp -j RETURN
iptables -t raw -A PREROUTING -p tcp -j RETURN`;

function mac(last: number): MacAddress {
  const parsed = parseMacAddress(`02:00:00:00:00:0${last}`);
  if (parsed === undefined) throw new Error('No MAC');
  return parsed;
}

function world(): NetnsState {
  const base = (name: string, index: number) => ({ name, index, owner: 'host', mac: mac(index), mtu: 1500, up: false });
  const veth = (name: string, index: number): Link => ({
    ...base(name, index),
    kind: 'veth',
    peer: { netns: 'underlay', link: `peer-${name}` },
  });
  const vxlan: Link = {
    ...base('vx0', 6),
    mtu: 1450,
    kind: 'vxlan',
    vni: 1,
    local: '10.0.0.2' as Extract<Link, { kind: 'vxlan' }>['local'],
    lower: 'eth0',
    destinationPort: 8472,
    learning: false,
    udpChecksum: false,
  };
  const netns: Netns = {
    id: 'node/errors',
    links: [
      { ...base('lo', 1), mtu: 65536, kind: 'loopback' },
      veth('eth0', 2),
      { ...base('br0', 3), kind: 'bridge' },
      veth('p0', 4),
      veth('down0', 5),
      vxlan,
    ],
    addresses: [],
    routes: [],
    neighbors: [],
    fdb: [],
    netfilter: [],
    sysctls: {},
    listeners: [],
  };
  let state: NetnsState = { netns, runtime: NOTHING_LEARNED };
  let count = 0;
  for (const line of SETUP.trim().split('\n')) {
    const result = shell.run(line, state, 0, () => `entry:${++count}`);
    expect(result.output, line).toMatchObject({ exitCode: 0 });
    state = result.state ?? state;
  }
  return state;
}

const state = world();

it.each(captured.map((each) => [each.line, each] as const))('%s', (line, { errors, exitCode }) => {
  const { output, state: changed } = shell.run(line, state, 0, () => 'new');
  const said = output.errors.trimStart();
  if (errors.endsWith('Usage:') || errors.endsWith('Usage: ...')) expect(said.slice(0, errors.length)).toBe(errors);
  else expect(output.errors).toBe(errors);
  expect(output.exitCode).toBe(exitCode);
  expect(changed).toBeUndefined();
});
