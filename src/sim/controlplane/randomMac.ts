import { chance } from '../../base/chance.ts';
import { type MacAddress, macFromBytes } from '../../wire/address.ts';

/** A MAC as the kernel's eth_random_addr draws one (locally administered, unicast), the same for the same parts. */
export function randomMac(seed: number, ...parts: readonly string[]): MacAddress {
  const bytes = new Uint8Array(8);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, chance(seed, 'mac address high', ...parts));
  view.setUint32(4, chance(seed, 'mac address low', ...parts));
  bytes[0] = ((bytes[0] ?? 0) & 0xfe) | 0x02;
  return macFromBytes(bytes, 0);
}
