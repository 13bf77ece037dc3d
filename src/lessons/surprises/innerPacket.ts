import type { Step } from '../../datamodel/flow/step.ts';
import { Ipv4View } from '../../wire/ipv4.ts';
import { packetOf } from './evidence.ts';

/** UDP, VXLAN and the inner Ethernet header (RFC 7348). */
const BETWEEN = 8 + 8 + 14;

/** The packet inside of a VXLAN packet; undefined where there is none. */
export function innerPacketOf(step: Step): Ipv4View | undefined {
  const outer = packetOf(step);
  if (outer?.protocol !== 17 || step.bytes.length < outer.payloadOffset + BETWEEN + 20) return undefined;
  return new Ipv4View(step.bytes, outer.payloadOffset + BETWEEN);
}
