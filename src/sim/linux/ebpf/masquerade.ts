import type { NodePortConfig } from '../../../datamodel/network/ebpf.ts';
import { prefixContains } from '../../../wire/address.ts';
import { Icmpv4View, isIcmpError } from '../../../wire/icmpv4.ts';
import { IpProtocol, Ipv4View } from '../../../wire/ipv4.ts';
import { answersAsker } from './endpointConnection.ts';
import { type ProgramRun, say, shoot, stateEntry, translate, type Verdict } from './programRun.ts';
import { sourceMapping } from './snat.ts';
import { moved, natId } from './state.ts';
import { readFlow } from './tcPacket.ts';

/** A ping keeps its identifier, whatever that is. */
const IDENTIFIERS = { from: 0, to: 65535 };

/**
 * A Pod's packet for somebody outside leaves by the card from the node's address (bpf/lib/nodeport.h, nodeport_snat_fwd_ipv4; nat.h,
 * snat_v4_nat). Connections of the node itself are written down with the ports that they have, or get others if Pods have those.
 */
export function masquerade(run: ProgramRun, { masquerade: config, ports }: NodePortConfig): Verdict {
  const { kernel, skb, lookup } = run;
  if (!config || skb.meta.natDone || skb.meta.tunnel !== undefined) return 'ok';
  const ip = new Ipv4View(skb.bytes, skb.networkOffset);
  const { source, destination, protocol } = ip;
  const own = source === config.address;
  lookup.lookups++;
  if (!own && !config.sources.has(source)) return 'ok';
  const packet = readFlow(kernel, skb);
  if (!own) {
    if (packet && answersAsker(run, packet)) return 'ok';
    if (prefixContains(config.apart, destination)) return 'ok';
    if (!config.nodes && lookup.identity(destination) === 'remote-node') return 'ok';
  }
  if (protocol === IpProtocol.icmp && ip.isFragment) {
    return shoot(run, 'a fragment of a ping has no identifier', { reason: 'DROP_INVALID' });
  }
  if (!packet) return isOtherIcmp(ip) ? shoot(run, 'only pings are translated', { reason: UNSUPPORTED }) : 'ok';
  const { tuple, word } = packet;
  const ping = protocol === IpProtocol.icmp;
  if (ping && tuple.sourcePort === 0) return 'ok';
  if (!ping && own && tuple.sourcePort < ports.from) return 'ok';
  const to = sourceMapping(run, tuple, word, config.address, ping ? IDENTIFIERS : ports, own);
  if (!to) return shoot(run, 'no port is free for the answer', { reason: 'DROP_NAT_NO_MAPPING' });
  skb.meta.natDone = true;
  if (to.address === source && to.port === tuple.sourcePort) return 'ok';
  const entry = stateEntry(kernel, natId('out', tuple));
  say(run, 'translate', { entry, note: `${destination} is not of the cluster` });
  translate(run, 'masquerade', tuple, moved(tuple, 'source', to), entry);
  return 'ok';
}

const UNSUPPORTED = 'DROP_NAT_UNSUPP_PROTO';

/** Errors are about packets that came in, and leave as they are. */
function isOtherIcmp(ip: Ipv4View): boolean {
  return ip.protocol === IpProtocol.icmp && !isIcmpError(new Icmpv4View(ip.bytes, ip.payloadOffset).type);
}
