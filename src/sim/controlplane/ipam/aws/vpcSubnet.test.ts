import { describe, expect, it } from 'vitest';
import { addressAt, formatPrefix, hostPrefix, ipPrefix } from '../../../../wire/address.ts';
import { VpcSubnet } from './vpcSubnet.ts';

describe('a subnet of a VPC', () => {
  it('keeps the first four addresses and the last', () => {
    const subnet = new VpcSubnet(ipPrefix('10.0.0.0/28'));
    const all = Array.from({ length: 12 }, () => subnet.takeAddress());
    expect(all).toEqual([...Array.from({ length: 11 }, (_, i) => `10.0.0.${4 + i}`), undefined]);
  });

  it('begins where it is told, and comes round', () => {
    const cidr = ipPrefix('10.0.0.0/28');
    const subnet = new VpcSubnet(cidr, 8n);
    subnet.hold(hostPrefix(addressAt(cidr, 9)));
    const all = Array.from({ length: 11 }, () => subnet.takeAddress());
    expect(all.slice(0, 6).concat(all.slice(-3))).toEqual([
      '10.0.0.8',
      '10.0.0.10',
      '10.0.0.11',
      '10.0.0.12',
      '10.0.0.13',
      '10.0.0.14',
      '10.0.0.6',
      '10.0.0.7',
      undefined,
    ]);
    subnet.release(hostPrefix(addressAt(cidr, 5)));
    expect(subnet.takeAddress()).toBe('10.0.0.5');
  });

  it('gives prefixes that begin at a multiple of sixteen and that nobody has a part of', () => {
    const cidr = ipPrefix('10.0.0.0/26');
    const subnet = new VpcSubnet(cidr, 32n);
    subnet.hold(hostPrefix(addressAt(cidr, 20)));
    const prefixes = Array.from({ length: 2 }, () => subnet.takePrefix());
    // the last sixteen have the broadcast address among them
    expect(prefixes.map((prefix) => prefix && formatPrefix(prefix))).toEqual(['10.0.0.32/28', undefined]);
    subnet.release(hostPrefix(addressAt(cidr, 20)));
    expect(subnet.takePrefix()).toEqual(ipPrefix('10.0.0.16/28'));
  });
});
