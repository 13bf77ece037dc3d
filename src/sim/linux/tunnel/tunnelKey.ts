import type { EntryRef } from '../../../datamodel/flow/step.ts';
import type { Link } from '../../../datamodel/network/link.ts';
import type { TunnelKey } from '../../../datamodel/network/tables.ts';
import { dropPacket } from '../device/drop.ts';
import type { Kernel } from '../kernel.ts';
import type { Skb } from '../skb.ts';

/**
 * What a packet brings to a tunnel device in external mode: a program's key, else its route's (Linux: skb_tunnel_info).
 * @returns undefined when it brings none: its trace has been ended.
 */
export function tunnelKeyOf(
  kernel: Kernel,
  skb: Skb,
  link: Link,
): { readonly key: TunnelKey; readonly entry?: EntryRef | undefined } | undefined {
  const { tunnelKey, route } = skb.meta;
  if (tunnelKey) return { key: tunnelKey };
  const key = route?.route.encap;
  if (key) return { key, entry: { netns: kernel.id, table: 'route', id: route.route.id } };
  const because = `Neither the packet's route nor a program says where ${link.name} is to send it`;
  dropPacket(kernel, skb, 'TUNNEL_TXINFO', because, { device: link.name });
  return undefined;
}
