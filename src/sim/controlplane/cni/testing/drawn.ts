import type { MacAddress } from '../../../../wire/address.ts';
import type { Entropy } from '../node/cniNode.ts';

/** Draws what was drawn; whatever nobody has taken down is made up. */
export function drawn(draw: Readonly<Record<string, string>> = {}): Entropy {
  return {
    mac: (device) => (draw[device] ?? '02:00:00:00:00:00') as MacAddress,
    vethName: (attempt) => draw.veth ?? `veth0000000${attempt}`,
  };
}
