import type { FieldChange } from '../../../datamodel/flow/step.ts';
import { ipv4ToNumber } from '../../../wire/address.ts';
import { updateChecksum32 } from '../../../wire/checksum.ts';
import { ICMPV4_HEADER_LENGTH, Icmpv4View, isIcmpError } from '../../../wire/icmpv4.ts';
import { IpProtocol, Ipv4View } from '../../../wire/ipv4.ts';
import { rewriteEnd } from '../netfilter/rewrite.ts';
import { tupleOf } from '../netfilter/tuple.ts';
import { type ProgramRun, say, stateEntry, type Verdict } from './programRun.ts';
import { entryOf, mirrorOf, moved, natId } from './state.ts';
import { echoTuple } from './tcPacket.ts';

/**
 * An ICMP error about a packet whose source the node had replaced is its client's or its Pod's (snat_v4_rev_nat_handle_icmp_error).
 * The quote keeps a backend's address: the client may not recognise it.
 */
export function natIcmpError(run: ProgramRun): Verdict {
  const { kernel, skb, link, lookup } = run;
  const ip = new Ipv4View(skb.bytes, skb.networkOffset);
  if (ip.protocol !== IpProtocol.icmp || ip.isFragment || ip.payloadLength < ICMPV4_HEADER_LENGTH) return 'ok';
  if (!isIcmpError(new Icmpv4View(skb.bytes, ip.payloadOffset).type)) return 'ok';
  const quoteAt = ip.payloadOffset + ICMPV4_HEADER_LENGTH;
  const inside = tupleOf(skb.bytes, quoteAt);
  const quoted = inside?.icmp ? echoTuple(inside) : inside;
  if (!quoted) return 'ok';
  lookup.lookups++;
  const nat = entryOf(kernel, 'nat', natId('in', mirrorOf(quoted)));
  if (!nat || nat.to.address === quoted.source) return 'ok';
  const entry = stateEntry(kernel, nat.id);
  say(run, 'translate', { entry, note: 'an ICMP error about a client’s packet' });
  const before = {
    protocol: ip.protocol,
    source: ip.source,
    destination: ip.destination,
    sourcePort: 0,
    destinationPort: 0,
  };
  const bytes = skb.writable();
  const original = moved(quoted, 'source', nat.to);
  const changes: FieldChange[] = rewriteEnd(bytes, quoteAt, original, 'source', 'quoted.');
  const outer = new Ipv4View(bytes, skb.networkOffset);
  new Icmpv4View(bytes, outer.payloadOffset).fillChecksum(outer.payloadLength);
  changes.push({ path: 'ipv4.destination', from: outer.destination, to: nat.to.address });
  outer.headerChecksum = updateChecksum32(
    outer.headerChecksum,
    ipv4ToNumber(outer.destination),
    ipv4ToNumber(nat.to.address),
  );
  outer.destination = nat.to.address;
  const after = { ...before, destination: nat.to.address };
  const detail = { type: 'translate', kind: 'undo-snat', by: 'ebpf', before, after } as const;
  kernel.world.recorder.step(kernel.id, skb, detail, { device: link.name, entry, changes });
  return 'ok';
}
