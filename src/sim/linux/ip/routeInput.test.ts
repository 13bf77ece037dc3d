import { describe, expect, it } from 'vitest';
import type { Netns } from '../../../datamodel/network/netns.ts';
import type { Route } from '../../../datamodel/network/tables.ts';
import { ipAddress } from '../../../wire/address.ts';
import { route } from '../testing/lab.ts';
import { address, loopback, namespace, smallWorld, veth } from '../testing/world.ts';
import { type InputRoute, routeInputFor } from './routeInput.ts';

const router = namespace('router', {
  links: [loopback, veth('eth0', 2, '02:00:00:00:00:01', 'a|eth0'), veth('eth1', 3, '02:00:00:00:00:02', 'b|eth0')],
  addresses: [address('10.0.0.1/24 eth0'), address('10.1.0.1/24 eth1')],
  sysctls: { 'net.ipv4.ip_forward': '1' },
});

function look(from: string, to: string, change: Partial<Netns> = {}): InputRoute {
  const kernel = smallWorld({ ...router, ...change }).kernel('router');
  return routeInputFor(kernel, { source: ipAddress(from), destination: ipAddress(to), device: 'eth0', mark: 0 });
}

const typed = (prefix: string, type: Route['type']): Route => {
  const { dev: _, ...rest } = route(prefix, 'eth0');
  return { ...rest, type };
};

describe('the route of a packet that came in', () => {
  it('[IP1] is this host, the next hop, or a broadcast', () => {
    expect(look('10.0.0.2', '10.1.0.1').type).toBe('local');
    expect(look('10.0.0.2', '10.0.0.255').type).toBe('broadcast');
    expect(look('10.0.0.2', '10.1.0.2')).toMatchObject({
      type: 'forward',
      route: { dev: 'eth1', nextHop: '10.1.0.2' },
    });
  });

  it('[IP2] is refused with 3/0 where there is none, and silently where the device does not forward', () => {
    expect(look('10.0.0.2', '8.8.8.8')).toMatchObject({ type: 'error', reason: 'IP_INNOROUTES', icmpCode: 0 });
    const quiet = look('10.0.0.2', '10.1.0.2', { sysctls: {} });
    expect(quiet).toMatchObject({ type: 'error', reason: 'IP_INADDRERRORS' });
    expect(quiet).not.toHaveProperty('icmpCode');
  });

  it('[IP3] may be unreachable (3/1), prohibited (3/13) or a black hole (silent)', () => {
    const routes = [
      typed('10.5.0.0/16', 'unreachable'),
      typed('10.6.0.0/16', 'prohibit'),
      typed('10.7.0.0/16', 'blackhole'),
    ];
    expect(look('10.0.0.2', '10.5.0.1', { routes })).toMatchObject({ type: 'error', icmpCode: 1 });
    expect(look('10.0.0.2', '10.6.0.1', { routes })).toMatchObject({ type: 'error', icmpCode: 13 });
    expect(look('10.0.0.2', '10.7.0.1', { routes })).not.toHaveProperty('icmpCode');
  });

  it.each([
    ['224.0.0.1', '10.1.0.2', 'IP_INVALID_SOURCE'],
    ['0.1.2.3', '10.1.0.2', 'IP_INVALID_SOURCE'],
    ['10.0.0.2', '0.1.2.3', 'IP_INVALID_DEST'],
    ['10.0.0.2', '127.0.0.1', 'IP_LOCALNET'],
    ['127.0.0.1', '10.1.0.2', 'IP_LOCALNET'],
    ['10.1.0.1', '10.1.0.2', 'IP_LOCAL_SOURCE'],
  ])('[IP4] is none for the martian %s to %s', (from, to, reason) => {
    expect(look(from, to)).toMatchObject({ type: 'martian', reason });
  });

  it('[IP4] accepts 127.0.0.1 from outside with route_localnet', () => {
    const sysctls = { 'net.ipv4.conf.all.route_localnet': '1' };
    expect(look('10.0.0.2', '127.0.0.1', { sysctls }).type).toBe('local');
  });

  it('[IP5] asks rp_filter for the way back: by the same device (1), by any (2)', () => {
    const strict = { 'net.ipv4.ip_forward': '1', 'net.ipv4.conf.all.rp_filter': '1' };
    const loose = { 'net.ipv4.ip_forward': '1', 'net.ipv4.conf.eth0.rp_filter': '2' };
    expect(look('10.1.0.9', '10.0.0.1', { sysctls: strict })).toMatchObject({ type: 'martian', reason: 'IP_RPFILTER' });
    expect(look('10.1.0.9', '10.0.0.1', { sysctls: loose }).type).toBe('local');
    expect(look('8.8.8.8', '10.0.0.1', { sysctls: loose })).toMatchObject({ type: 'martian', reason: 'IP_RPFILTER' });
    expect(look('8.8.8.8', '10.0.0.1').type).toBe('local');
  });
});
