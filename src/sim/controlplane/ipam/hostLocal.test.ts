import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ipAddress, ipPrefix, prefixContains } from '../../../wire/address.ts';
import { HostLocalStore } from './hostLocal.ts';

function drain(store: HostLocalStore): readonly string[] {
  const all: string[] = [];
  for (let address = store.allocate(); address !== undefined; address = store.allocate()) all.push(address);
  return all;
}

describe('host-local', () => {
  it('hands out .2 upward, up to the broadcast address', () => {
    const store = new HostLocalStore(ipPrefix('192.168.1.0/29'));
    expect(drain(store)).toEqual([2, 3, 4, 5, 6].map((n) => `192.168.1.${n}`));
    expect(store.exhausted()).toBe(
      'failed to allocate for range 0: no IP addresses available in range set: 192.168.1.1-192.168.1.6',
    );
  });

  it('passes by what is taken', () => {
    const store = new HostLocalStore(ipPrefix('10.0.0.0/29'));
    store.reserve(ipAddress('10.0.0.2'));
    expect(store.allocate()).toBe('10.0.0.3');
  });

  it('takes up an address that was given back only after going round', () => {
    const store = new HostLocalStore(ipPrefix('10.9.0.0/29'));
    expect([store.allocate(), store.allocate()]).toEqual(['10.9.0.2', '10.9.0.3']);
    store.release(ipAddress('10.9.0.2'));
    expect(drain(store)).toEqual(['10.9.0.4', '10.9.0.5', '10.9.0.6', '10.9.0.2']);
  });

  it('has a last address more in IPv6', () => {
    expect(drain(new HostLocalStore(ipPrefix('2001:db8:1::/126')))).toEqual(['2001:db8:1::2', '2001:db8:1::3']);
  });

  it('has nothing to give in a subnet of one or two addresses', () => {
    for (const length of [31, 32]) {
      const store = new HostLocalStore(ipPrefix(`10.0.0.0/${length}`));
      expect(store.allocate()).toBeUndefined();
      expect(store.exhausted()).toContain('too small');
    }
  });

  it('never hands out an address twice, or one outside', () => {
    fc.assert(
      fc.property(fc.integer({ min: 24, max: 30 }), fc.array(fc.integer({ min: 0, max: 255 })), (length, taken) => {
        const subnet = ipPrefix(`10.1.2.0/${length}`);
        const store = new HostLocalStore(subnet);
        const reserved = taken.map((n) => ipAddress(`10.1.2.${n}`));
        for (const address of reserved) store.reserve(address);
        const all = drain(store).map(ipAddress);
        expect(new Set([...all, ...reserved]).size).toBe(all.length + new Set(reserved).size);
        expect(all.every((address) => prefixContains(subnet, address) && address !== store.gateway)).toBe(true);
      }),
    );
  });
});
