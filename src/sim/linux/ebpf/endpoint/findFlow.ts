import type { EbpfEnd, EbpfFlow, EbpfTuple, FlowFlag } from '../../../../datamodel/network/ebpfState.ts';
import { IpProtocol } from '../../../../wire/ipv4.ts';
import { dropEntry, entryOf } from '../state.ts';
import type { EndpointRun } from './endpointRun.ts';
import { flowId, hasEnded, isFromOpener, keepFlow, legAfter } from './flowState.ts';
import { type FlowVerdict, type FoundFlow, missed } from './foundFlow.ts';
import { CT_ESTABLISHED, hasMark } from './marks.ts';
import { cameRightWay } from './reversePath.ts';

/** What is known of a packet's connection, which hears of the packet (Felix: bpf-gpl/conntrack.h, calico_ct_lookup). */
export function findFlow(run: EndpointRun): FoundFlow {
  const { kernel, packet, lookup, at, skb } = run;
  const { tcp, quoted } = packet;
  const asked = quoted ?? packet.tuple;
  const opens = tcp?.syn === true && !tcp.ack;
  lookup.lookups++;
  const hit = entryOf(kernel, 'flow', flowId(asked));
  if (!hit) {
    if (opens) return missed('new');
    if (packet.tuple.protocol === IpProtocol.tcp) {
      return missed(!at.toHost && hasMark(skb.meta.mark, CT_ESTABLISHED) ? 'established' : 'midFlow');
    }
    return missed(quoted ? 'invalid' : 'new');
  }
  const whole = wholeFlow(run, hit);
  if (!whole) return missed('new');
  if (opens && hasEnded(whole) && !(hit.kind === 'reverse')) {
    dropEntry(kernel, hit.id);
    dropEntry(kernel, whole.id);
    return missed('new');
  }
  return judged(run, hit, whole, asked);
}

/** The entry that everything is kept in; undefined when it has been lost: then the other goes too. */
function wholeFlow({ kernel, lookup }: EndpointRun, hit: EbpfFlow): EbpfFlow | undefined {
  if (hit.kind !== 'forward') return hit;
  lookup.lookups++;
  const whole = entryOf(kernel, 'flow', hit.reverse ?? '');
  if (whole) keepFlow(kernel, hit);
  else dropEntry(kernel, hit.id);
  return whole;
}

function judged(run: EndpointRun, hit: EbpfFlow, whole: EbpfFlow, asked: EbpfTuple): FoundFlow {
  const { at, packet, tunnelFrom, kernel } = run;
  const { quoted, tcp } = packet;
  const flags = new Set(whole.flags);
  // What the client sends is found by the entry that leads on; from the tunnel's other end answers are, too.
  const isAnswer = !isFromOpener(hit, asked);
  const isOut = hit.kind === 'forward' ? true : !isAnswer;
  const returned =
    at.fromDevice && tunnelFrom !== undefined && hit.kind === 'forward' && flags.has('np-fwd') && whole.out.approved;
  const legs = { from: isOut ? whole.out : whole.back, to: isOut ? whole.back : whole.out };
  // An error travels against the packet that it is about.
  if (quoted && hit.kind !== 'forward') [legs.from, legs.to] = [legs.to, legs.from];
  const confirmed = whole.out.approved && whole.back.approved;
  const opens = tcp?.syn === true && !tcp.ack;
  const approved = at.toHost
    ? at.role === 'loopback' || returned || legs.from.approved || (quoted && legs.to.approved)
    : at.role === 'loopback' || legs.to.approved || (quoted && legs.from.approved);
  const rewriting = rewritingOf(run, hit, whole, isOut, flags);
  const known: FlowVerdict =
    rewriting.verdict === 'established' && hit.kind === 'normal' && confirmed ? 'bypass' : rewriting.verdict;
  const verdict: FlowVerdict = approved ? known : tcp && !opens ? 'invalid' : 'new';
  const way = at.toHost && !quoted && !returned ? cameRightWay(run, legs.from.device, legs.to.device) : undefined;
  const device = way?.device ?? legs.from.device;
  if (!quoted) {
    const isOutNow = returned ? !isOut : isOut;
    const after = legAfter(isOutNow ? whole.out : whole.back, isOutNow ? whole.back : whole.out, packet);
    const { device: _, ...rest } = after;
    const noted = !returned && at.toHost && device !== undefined ? { ...rest, device } : way?.forget ? rest : after;
    keepFlow(kernel, isOutNow ? { ...whole, out: noted } : { ...whole, back: noted });
  }
  return {
    verdict,
    flow: whole,
    ...(rewriting.to && { to: rewriting.to }),
    flags,
    ...(whole.tunnel && { tunnel: whole.tunnel }),
    ...(at.toHost && legs.to.device !== undefined && { deviceBack: legs.to.device }),
    toWorkload: at.toHost && legs.to.workload,
    confirmed,
    related: quoted !== undefined,
    syn: opens,
    wrongWay: way?.ok === false,
  };
}

/** Whether one end of the packet is to be written, and with what. */
function rewritingOf(
  { at, packet }: EndpointRun,
  hit: EbpfFlow,
  whole: EbpfFlow,
  isOut: boolean,
  flags: ReadonlySet<FlowFlag>,
): Pick<FoundFlow, 'verdict' | 'to'> {
  const { tuple, original } = whole;
  const inside = ends(tuple);
  if (hit.kind === 'normal') return { verdict: 'established' };
  if (hit.kind === 'forward') {
    const turns = flags.has('via-nat-if') || flags.has('np-loop') || flags.has('np-remote');
    const isDnat = packet.quoted !== undefined || at.toHost || (at.toDevice && turns);
    return { verdict: isDnat ? 'dnat' : 'established', to: inside };
  }
  const outside = original && { source: end(original, 'destination'), destination: end(original, 'source') };
  if (!outside) return { verdict: 'established' };
  const intoTunnel = at.fromWorkload && whole.tunnel !== undefined;
  const isUndone =
    packet.quoted !== undefined ||
    !at.toHost ||
    intoTunnel ||
    flags.has('via-nat-if') ||
    flags.has('np-loop') ||
    flags.has('np-remote');
  const isSnat = isUndone && (packet.quoted ? isOut : !isOut);
  return isSnat ? { verdict: 'snat', to: outside } : { verdict: 'established' };
}

function ends(tuple: EbpfTuple): { readonly source: EbpfEnd; readonly destination: EbpfEnd } {
  return { source: end(tuple, 'source'), destination: end(tuple, 'destination') };
}

function end(tuple: EbpfTuple, which: 'source' | 'destination'): EbpfEnd {
  return which === 'source'
    ? { address: tuple.source, port: tuple.sourcePort }
    : { address: tuple.destination, port: tuple.destinationPort };
}
