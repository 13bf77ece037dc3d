import type { Link } from '../../../datamodel/network/link.ts';
import { ETHERNET_HEADER_LENGTH } from '../../../wire/ethernet.ts';
import type { Skb } from '../skb.ts';

/** Room for one VLAN tag, which is granted whether the frame has one or not. */
const VLAN_HEADER_LENGTH = 4;

/** Whether a device takes a frame of this length from a peer or a bridge (Linux: net/core/dev.c, is_skb_forwardable). */
export function forwardable(skb: Skb, link: Link): boolean {
  return link.up && skb.bytes.length <= link.mtu + ETHERNET_HEADER_LENGTH + VLAN_HEADER_LENGTH;
}
