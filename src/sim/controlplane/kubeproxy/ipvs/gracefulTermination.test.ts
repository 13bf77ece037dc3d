import { describe, expect, it } from 'vitest';
import type { VirtualServer } from '../../../../datamodel/network/ipvs.ts';
import type { TransportName } from '../../../../datamodel/network/netfilter.ts';
import type { Netns } from '../../../../datamodel/network/netns.ts';
import type { IpvsConnection } from '../../../../datamodel/network/runtime.ts';
import { ipAddress } from '../../../../wire/address.ts';
import { joinNetns } from '../../netnsParts.ts';
import { drainedBySync, gracefulTermination, stillDrained } from './gracefulTermination.ts';

const SECOND = 1e9;
const PROTOCOLS = { tcp: 6, udp: 17, sctp: 132 } as const;
const VIRTUAL = { address: ipAddress('10.96.0.1'), port: 80 };
const real = (last: number) => ({ address: ipAddress(`10.244.0.${last}`), port: 8080 });

function netns(endpoints: readonly number[], protocol: TransportName = 'tcp'): Netns {
  const id = `${protocol} 10.96.0.1:80`;
  const realServers = endpoints.map((last) => ({ id: `${id} -> 10.244.0.${last}:8080`, ...real(last), weight: 1 }));
  const server: VirtualServer = { id, owner: 'kube-proxy', protocol, ...VIRTUAL, scheduler: 'rr', realServers };
  return joinNetns('node/a', [{ virtualServers: [server] }]);
}

function connection(last: number, rest: Partial<IpvsConnection> = {}): IpvsConnection {
  const client = { address: ipAddress('10.244.1.5'), port: 40_000 };
  return {
    id: `c${last}`,
    protocol: PROTOCOLS.tcp,
    client,
    virtual: VIRTUAL,
    destination: real(last),
    state: 'ESTABLISHED',
    expires: 900 * SECOND,
    tracked: true,
    template: false,
    ...rest,
  };
}

/** What is drained when 2 and 3 of three endpoints go. */
function drained(connections: readonly IpvsConnection[], protocol: TransportName = 'tcp') {
  return drainedBySync(netns([1, 2, 3], protocol), netns([1], protocol), [], { connections, now: 0 });
}

describe('when endpoints go', () => {
  it('those with connections stay, active or not, and no others', () => {
    const left = drained([connection(1), connection(2), connection(2, { id: 'other', state: 'TIME_WAIT' })]);
    expect(left.map(({ server }) => [server.address, server.weight])).toEqual([['10.244.0.2', 0]]);
    expect(drained([connection(3, { state: 'TIME_WAIT', expires: 120 * SECOND })])).toHaveLength(1);
  });

  it('templates, and what has timed out, do not count', () => {
    expect(drained([connection(2, { template: true }), connection(3, { expires: 0 })])).toEqual([]);
  });

  it.each(['udp', 'sctp'] as const)('%s has no grace', (protocol) => {
    expect(drained([connection(2, { protocol: PROTOCOLS[protocol] })], protocol)).toEqual([]);
  });

  it('what is drained already stays to the next look, connections or not, unless it comes back', () => {
    const known = drained([connection(2)]);
    const seen = { connections: [], now: 10 * SECOND };
    const now = gracefulTermination.over(netns([1]), known);
    expect(drainedBySync(now, netns([1]), known, seen)).toEqual(known);
    expect(drainedBySync(now, netns([1, 2]), known, { ...seen, connections: [connection(2)] })).toEqual([]);
  });
});

it('stands in its former place among the others', () => {
  const { virtualServers } = gracefulTermination.over(netns([1, 3]), drained([connection(2)]));
  expect(virtualServers?.[0]?.realServers.map(({ address, weight }) => [address, weight])).toEqual([
    ['10.244.0.1', 1],
    ['10.244.0.2', 0],
    ['10.244.0.3', 1],
  ]);
});

describe('every minute', () => {
  const known = drained([connection(2, { expires: 130 * SECOND })]);
  const left = (now: number, connections: readonly IpvsConnection[] = []) =>
    stillDrained(known, { connections, now: now * SECOND });

  it('the manager deletes what has no connection any more', () => {
    expect(left(179)).toBe(known);
    expect(left(180)).toEqual([]);
  });

  it('and lets be what has one', () => {
    expect(left(200, [connection(2, { expires: 250 * SECOND })])).toMatchObject([{ until: 250 * SECOND }]);
  });
});
