/*
 * What programs of one packet tell each other, and netfilter's rules, by its mark (Felix: bpf-gpl/bpf.h, enum calico_skb_mark).
 */

/** A program has had it. */
export const SEEN = 0x01000000;
/** Both ends have let it pass: nobody need look at it any more. */
export const BYPASS = SEEN | 0x02000000;
/** As {@link BYPASS}, for what a program has made or wrapped. */
export const BYPASS_FORWARD = BYPASS | 0x00300000;
/** The programs do not know its connection: conntrack may. */
export const FALLTHROUGH = SEEN | 0x04000000;
/** It leaves the cluster: POSTROUTING is to give it the node's address. */
export const NAT_OUT = SEEN | 0x00800000;
/** A Pod that reaches itself: POSTROUTING is to give it another source. */
export const MASQUERADE = BYPASS | 0x00600000;
/** It is to go through the host's stack, and so are its answers. */
export const SKIP_FIB = SEEN | 0x00100000;
/** Conntrack knows its connection. */
export const CT_ESTABLISHED = 0x08000000;
/** The tunnel's device is told where to. */
export const TUNNEL_KEY_SET = 0x41000000;
/** It came out of the pair by which the host's own packets for services make a turn. */
export const FROM_NAT_VETH = 0x81000000;
/** An ICMP error that has been rewritten. */
export const RELATED_RESOLVED = 0x21000000;

const BYPASS_MASK = SEEN | 0x02f00000;

/** Whether all bits of a mark are set. */
export function hasMark(mark: number, bits: number): boolean {
  return (mark & bits) >>> 0 === bits >>> 0;
}

/** Whether a mark is this one, whatever else it says about the tunnel and conntrack. */
export function isMark(mark: number, which: number): boolean {
  return (mark & BYPASS_MASK) >>> 0 === which;
}

/** A mark with more bits, as an unsigned number. */
export function withMark(mark: number, bits: number): number {
  return (mark | bits) >>> 0;
}
