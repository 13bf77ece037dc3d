import type { EbpfTuple } from '../../../../datamodel/network/ebpfState.ts';
import { ipv4ToNumber } from '../../../../wire/address.ts';
import { updateChecksum32 } from '../../../../wire/checksum.ts';
import { Icmpv4View } from '../../../../wire/icmpv4.ts';
import { Ipv4View } from '../../../../wire/ipv4.ts';
import { rewriteEnd } from '../../netfilter/rewrite.ts';
import { stateEntry, type Verdict } from '../programRun.ts';
import { moved } from '../state.ts';
import { type EndpointRun, tell } from './endpointRun.ts';
import { finish } from './finish.ts';
import { BYPASS_FORWARD } from './marks.ts';
import { quoteOffset } from './packet.ts';
import { wrap } from './serviceTunnel.ts';

/**
 * An ICMP error about a packet that was rewritten: its quote becomes what the packet's sender knows (Felix: bpf-gpl/tc.c,
 * calico_tc_skb_icmp_inner_nat). One that is to go back through the tunnel comes from the service's address.
 */
export function rewriteError(run: EndpointRun): Verdict {
  const { kernel, skb, link, found, packet, at, tunnelFrom, paths } = run;
  const { flow, to, verdict, flags, tunnel } = found;
  const { quoted } = packet;
  if (!flow || !to || !quoted || (verdict !== 'snat' && verdict !== 'dnat')) return finish(run);
  const entry = stateEntry(kernel, flow.id);
  if (verdict === 'dnat' && at.fromDevice && tunnelFrom !== undefined && flags.has('np-fwd')) {
    run.mark = BYPASS_FORWARD;
    return finish(run);
  }
  if (verdict === 'snat' && at.fromWorkload && tunnel !== undefined && paths.dsr) return finish(run);
  tell(run, 'translate', { entry, note: 'it is an ICMP error about the connection' });
  const quoteAt = quoteOffset(skb);
  const bytes = skb.writable();
  // The quote goes the other way than the error.
  const original =
    verdict === 'snat'
      ? moved(moved(quoted, 'destination', to.source), 'source', to.destination)
      : moved(moved(quoted, 'source', to.destination), 'destination', to.source);
  const changes = [
    ...rewriteEnd(bytes, quoteAt, original, 'destination', 'quoted.'),
    ...rewriteEnd(bytes, quoteAt, original, 'source', 'quoted.'),
  ];
  const before = packet.tuple;
  let after: EbpfTuple = before;
  const returns = verdict === 'snat' && tunnel !== undefined && (at.fromWorkload || at.toDevice);
  if (returns) after = { ...before, source: to.source.address };
  if (verdict === 'dnat') after = { ...before, destination: to.destination.address };
  for (const end of ['source', 'destination'] as const) {
    const ip = new Ipv4View(bytes, skb.networkOffset);
    if (ip[end] === after[end]) continue;
    changes.push({ path: `ipv4.${end}`, from: ip[end], to: after[end] });
    ip.headerChecksum = updateChecksum32(ip.headerChecksum, ipv4ToNumber(ip[end]), ipv4ToNumber(after[end]));
    ip[end] = after[end];
  }
  const ip = new Ipv4View(bytes, skb.networkOffset);
  new Icmpv4View(bytes, ip.payloadOffset).fillChecksum(ip.payloadLength);
  const kind = verdict === 'snat' ? 'undo-dnat' : 'undo-snat';
  kernel.world.recorder.step(
    kernel.id,
    skb,
    { type: 'translate', kind, by: 'ebpf', before, after },
    { device: link.name, entry, changes },
  );
  run.packet = { ...packet, tuple: after };
  run.target = { address: after.destination, port: 0 };
  if (returns && tunnel !== undefined) wrap(run, tunnel);
  return finish(run);
}
