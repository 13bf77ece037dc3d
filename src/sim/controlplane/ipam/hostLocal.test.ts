import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type IpAddress, ipAddress, ipPrefix, prefixContains } from '../../../wire/address.ts';
import { HostLocal } from './hostLocal.ts';
import { rangeSets } from './rangeSet.ts';

function hostLocal(...subnets: readonly string[]): HostLocal {
  const sets = rangeSets(subnets.map((subnet) => [{ subnet: ipPrefix(subnet) }]));
  if (!sets.ok) throw new Error(sets.error);
  return new HostLocal(sets.value);
}

let made = 0;
function give(ipam: HostLocal, containerId = `c${made++}`): IpAddress | undefined {
  const added = ipam.add({ containerId, ifname: 'eth0' });
  return added.ok ? added.value[0]?.address.address : undefined;
}

function drain(ipam: HostLocal): readonly string[] {
  const all: string[] = [];
  for (let address = give(ipam); address !== undefined; address = give(ipam)) all.push(address);
  return all;
}

describe('host-local', () => {
  it('hands out .2 upward, up to the broadcast address', () => {
    const ipam = hostLocal('192.168.1.0/29');
    expect(drain(ipam)).toEqual([2, 3, 4, 5, 6].map((n) => `192.168.1.${n}`));
    expect(ipam.add({ containerId: 'x', ifname: 'eth0' })).toEqual({
      ok: false,
      error: { set: 0, message: 'no IP addresses available in range set: 192.168.1.1-192.168.1.6' },
    });
  });

  it('passes by what is taken', () => {
    const ipam = hostLocal('10.0.0.0/29');
    ipam.store.hold(ipAddress('10.0.0.2'), { containerId: 'other', ifname: 'eth0' });
    expect(give(ipam)).toBe('10.0.0.3');
  });

  it('takes up an address that was given back only after going round', () => {
    const ipam = hostLocal('10.9.0.0/29');
    expect([give(ipam, 'a'), give(ipam, 'b')]).toEqual(['10.9.0.2', '10.9.0.3']);
    ipam.del({ containerId: 'a', ifname: 'eth0' });
    expect(drain(ipam)).toEqual(['10.9.0.4', '10.9.0.5', '10.9.0.6', '10.9.0.2']);
  });

  it('has a last address more in IPv6', () => {
    expect(drain(hostLocal('2001:db8:1::/126'))).toEqual(['2001:db8:1::2', '2001:db8:1::3']);
  });

  it('has nothing to give in a subnet of one or two addresses', () => {
    for (const length of [31, 32]) {
      const sets = rangeSets([[{ subnet: ipPrefix(`10.0.0.0/${length}`) }]]);
      expect(sets).toEqual({
        ok: false,
        error: `invalid range set 0: Network 10.0.0.0/${length} too small to allocate from`,
      });
    }
  });

  it('gives an interface of two families both addresses or none', () => {
    const ipam = hostLocal('10.0.0.0/30', 'fd00::/126');
    const owner = { containerId: 'a', ifname: 'eth0' };
    expect(ipam.add(owner)).toEqual({
      ok: true,
      value: [
        { address: { address: '10.0.0.2', length: 30 }, gateway: '10.0.0.1' },
        { address: { address: 'fd00::2', length: 126 }, gateway: 'fd00::1' },
      ],
    });
    ipam.del(owner);
    for (const last of ['fd00::2', 'fd00::3']) {
      ipam.store.hold(ipAddress(last), { containerId: 'other', ifname: 'eth0' });
    }
    expect(ipam.add(owner)).toMatchObject({ ok: false, error: { set: 1 } });
    expect(ipam.store.addressesOf(owner)).toEqual([]);
  });

  it('refuses requested addresses that no range set has', () => {
    const ipam = hostLocal('10.0.0.0/24', 'fd00::/64');
    const refused = ipam.add({ containerId: 'a', ifname: 'eth0' }, [ipAddress('10.0.0.9'), ipAddress('10.0.1.9')]);
    expect(refused).toMatchObject({
      ok: false,
      error: { message: 'failed to allocate all requested IPs: 10.0.1.9' },
    });
    expect(ipam.store.reserved.size).toBe(0);
  });

  it('never hands out an address twice, or one outside', () => {
    fc.assert(
      fc.property(fc.integer({ min: 24, max: 30 }), fc.array(fc.integer({ min: 0, max: 255 })), (length, taken) => {
        const subnet = ipPrefix(`10.1.2.0/${length}`);
        const ipam = hostLocal(`10.1.2.0/${length}`);
        const reserved = taken.map((n) => ipAddress(`10.1.2.${n}`));
        for (const address of reserved) ipam.store.hold(address, { containerId: address, ifname: 'eth0' });
        const all = drain(ipam).map(ipAddress);
        expect(new Set([...all, ...reserved]).size).toBe(all.length + new Set(reserved).size);
        expect(all.every((address) => prefixContains(subnet, address) && address !== '10.1.2.1')).toBe(true);
      }),
    );
  });
});
