import type { DropReason } from '../../datamodel/flow/dropReason.ts';
import type { Trace } from '../../datamodel/flow/trace.ts';
import { sentence } from '../describe.ts';
import type { Names } from '../names.ts';
import { agentOf } from './agent.ts';
import { type Circumstances, circumstancesOf, type DropStep } from './circumstances.ts';
import { netfilterAdvice, unnamedAdvice } from './filter.ts';
import {
  headerAdvice,
  localNetAdvice,
  neighborAdvice,
  notForwardingAdvice,
  routeAdvice,
  sourceAdvice,
  tooBigAdvice,
} from './path.ts';
import { programAdvice } from './program.ts';
import { checksumAdvice, noSocketAdvice, protocolAdvice, tooSmallAdvice } from './transport.ts';

type Advice = (its: Circumstances) => string;

const nothingToMend: Advice = ({ here }) =>
  `nothing is to be mended: TCP on ${here} protects its connection so, and what was meant for it is sent again`;

/** What would mend each reason. Total: a reason without advice does not compile. */
const ADVICE: Readonly<Record<DropReason, Advice>> = {
  NOT_SPECIFIED: unnamedAdvice,
  NO_SOCKET: noSocketAdvice,
  PKT_TOO_SMALL: tooSmallAdvice,
  TCP_CSUM: checksumAdvice,
  UDP_CSUM: checksumAdvice,
  IP_CSUM: checksumAdvice,
  ICMP_CSUM: checksumAdvice,
  IP_INHDR: headerAdvice,
  NETFILTER_DROP: netfilterAdvice,
  OTHERHOST: ({ here, device }) =>
    `its frame has another MAC than ${device} of ${here}: delete the neighbour entry that led it here at its sender (ip neigh del) so that it is asked for again`,
  IP_NOPROTO: protocolAdvice,
  IP_RPFILTER: sourceAdvice,
  UNICAST_IN_L2_MULTICAST: ({ here, device }) =>
    `a unicast packet came in a broadcast frame: find the sender that writes such frames; sysctl drop_unicast_in_l2_multicast of ${device} on ${here} decides it`,
  IP_OUTNOROUTES: routeAdvice,
  IP_INNOROUTES: routeAdvice,
  IP_LOCALNET: localNetAdvice,
  IP_INVALID_SOURCE: ({ source }) =>
    `${source ?? 'its source'} cannot send: give the sender's device an address of its network`,
  IP_INVALID_DEST: ({ destination }) =>
    `${destination ?? 'its destination'} cannot be reached by anybody: correct it at the sender`,
  IP_LOCAL_SOURCE: ({ here, device, source }) =>
    `${source ?? 'its source'} is ${here}'s own: find who else uses it (ip addr on both), or where it must come back, sysctl -w net.ipv4.conf.${device.replaceAll('.', '/')}.accept_local=1`,
  IP_INADDRERRORS: notForwardingAdvice,
  NO_TX_TARGET: ({ here, device, names }) =>
    `${device} of ${here} does not know which node has the MAC: ${agentOf(names.cni) ?? 'whoever made the tunnel'} writes that entry, so let it reconcile, or bridge fdb append MAC dev ${device} dst NODE`,
  PKT_TOO_BIG: tooBigAdvice,
  DUP_FRAG: () => 'nothing is to be mended if it happens once; if often, look for a loop that copies frames',
  FRAG_REASM_TIMEOUT: ({ here }) =>
    `find the fragment that never reached ${here}: often a firewall lets only the first pass, which names the ports; smaller packets need no fragments`,
  FRAG_TOO_FAR: () => 'fragments of one packet came too far apart: look for a path that loses or reorders them',
  NEIGH_CREATEFAIL: ({ here }) => `the neighbour table of ${here} is full: raise net.ipv4.neigh.default.gc_thresh3`,
  NEIGH_FAILED: neighborAdvice,
  NEIGH_QUEUEFULL: (its) =>
    `too many packets wait for one ARP answer: send slower at first, or raise net.ipv4.neigh.${its.device.replaceAll('.', '/')}.unres_qlen_bytes on ${its.here}; above all ${neighborAdvice(its)}`,
  NEIGH_DEAD: ({ here, device }) =>
    `its next hop's entry went away while it was sent: see whether ${device} of ${here} is up`,
  TC_INGRESS: programAdvice,
  TC_EGRESS: programAdvice,
  QDISC_DROP: ({ here, device }) =>
    `${device} of ${here} cannot send: set it and its other end up (ip link set ${device} up)`,
  DEV_HDR: ({ here, device }) =>
    `${device} of ${here} could not write its header: see its state with ip -d link show ${device}`,
  DEV_READY: ({ here, device }) => `${device} of ${here} is down: ip link set ${device} up`,
  FULL_RING: ({ here, device }) =>
    `${device} of ${here} is sent more than it takes: send slower, or enlarge its ring (ethtool -G)`,
  UNHANDLED_PROTO: ({ here }) =>
    `nothing on ${here} reads such frames: load the protocol's module, or find who sends them`,
  SKB_GSO_SEG: ({ here, device }) =>
    `${device} of ${here} could not cut a train of segments: switch it off with ethtool -K ${device} gso off`,
  TCP_OLD_DATA: nothingToMend,
  TCP_FLAGS: nothingToMend,
  TCP_RESET: nothingToMend,
  TCP_CLOSE: ({ here }) => `the connection on ${here} was closed before: let the client connect anew`,
  VXLAN_INVALID_HDR: ({ here }) =>
    `something else than VXLAN is sent to the tunnel's UDP port of ${here}: find who does`,
  VXLAN_VNI_NOT_FOUND: ({ here }) =>
    `both nodes must use one VNI: compare ip -d link show type vxlan on ${here} and on the sender with what the CNI's configuration says`,
  VXLAN_NO_REMOTE: ({ here, device }) =>
    `${device} of ${here} has no destination for it: bridge fdb append MAC dev ${device} dst NODE`,
  VXLAN_ENTRY_EXISTS: ({ device }) =>
    `${device} knows this MAC elsewhere: delete the old entry (bridge fdb del MAC dev ${device})`,
  TUNNEL_TXINFO: ({ here, device }) =>
    `${device} of ${here} is in external mode: its packets need a route with "encap ip id … dst NODE", or a program that sets the tunnel key`,
  MAC_INVALID_SOURCE: ({ device }) => `give the sender a unicast MAC: no bridge learns a group address at ${device}`,
  BRIDGE_NO_EGRESS_PORT: ({ here }) => `no port of the bridge on ${here} may send it: see bridge link for their states`,
  BRIDGE_INGRESS_STP_STATE: ({ here, device }) =>
    `${device} of ${here} is not forwarding yet: wait for it, or switch spanning tree off on the bridge`,
  LOCAL_MAC: ({ here, device }) =>
    `two nodes have the MAC of ${device}, or frames come back to ${here}: give one another MAC (ip link set ${device} address …)`,
  IP_TUNNEL_ECN: () =>
    'the outer packet says congestion where the inner one cannot: its sender must mark ECN in both or neither',
};

/** What to do about a drop: one plain sentence that names what would mend it, from the packet's own steps. */
export function advise(step: DropStep, trace: Trace, names: Names): string {
  const its = circumstancesOf(step, trace, names);
  const advice = ADVICE[step.reason](its);
  const isName = /^\d/.test(advice) || (step.device !== undefined && advice.startsWith(step.device));
  return sentence(isName ? advice : `${advice[0]?.toUpperCase() ?? ''}${advice.slice(1)}`);
}

/** The kernel's own name of a reason, as tools print it. */
export function kernelName(reason: DropReason): string {
  return `SKB_DROP_REASON_${reason}`;
}
