import type { EbpfFlow, EbpfTuple, FlowFlag } from '../../../../datamodel/network/ebpfState.ts';
import { Ipv4View } from '../../../../wire/ipv4.ts';
import { stateEntry, translate, type Verdict } from '../programRun.ts';
import { moved } from '../state.ts';
import { deny, type EndpointRun, tell } from './endpointRun.ts';
import { frontendEntry } from './entries.ts';
import { finish } from './finish.ts';
import { icmpReply } from './icmpReply.ts';
import { makeFlow } from './makeFlow.ts';
import {
  BYPASS,
  BYPASS_FORWARD,
  FROM_NAT_VETH,
  hasMark,
  isMark,
  MASQUERADE,
  NAT_OUT,
  SEEN,
  SKIP_FIB,
  withMark,
} from './marks.ts';
import { rewriteError } from './relatedError.ts';
import { isLocalWorkload, isRemoteWorkload, routeOf } from './routes.ts';
import { isTooLongToWrap, wrap } from './serviceTunnel.ts';

const TIME_EXCEEDED = { type: 11, code: 0 } as const;

/** The packet may pass (Felix: bpf-gpl/tc.c, calico_tc_skb_accepted): its connection is made if it is new, and its ends are rewritten. */
export function accept(run: EndpointRun): Verdict {
  const { at, found, chosen, skb, packet } = run;
  if (at.fromWorkload && run.natOutgoing) {
    run.fib = false;
    run.mark = NAT_OUT;
  } else if (run.skipFib) {
    run.fib = false;
    run.mark = SKIP_FIB;
  }
  const { ttl } = new Ipv4View(skb.bytes, skb.networkOffset);
  const rewrites =
    found.verdict === 'new' ? chosen !== undefined : found.verdict === 'dnat' || found.verdict === 'snat';
  if (at.toHost && ttl <= 1 && rewrites && !packet.isFragment) {
    return icmpReply(run, TIME_EXCEEDED, { note: `the TTL of ${ttl} does not allow another hop` });
  }
  if (found.related && !hasMark(skb.meta.mark, SEEN) && found.verdict !== 'new') return rewriteError(run);
  switch (found.verdict) {
    case 'new':
      return acceptNew(run);
    case 'dnat':
      return acceptKnown(run, 'dnat');
    case 'snat':
      return acceptKnown(run, 'snat');
    case 'bypass':
      if (!found.syn) run.mark = BYPASS;
      return finish(run);
    default:
      return finish(run);
  }
}

function acceptNew(run: EndpointRun): Verdict {
  const { at, kernel, packet, chosen, skb } = run;
  const flags = new Set(flagsOf(run));
  if (!chosen) {
    const flow = run.untracked ? undefined : makeFlow(run, { kind: 'normal', tuple: packet.tuple, flags: [...flags] });
    if (flow && !hasMark(skb.meta.mark, SEEN))
      tell(run, 'pass', { entry: stateEntry(kernel, flow.id), note: newNote(run) });
    return finish(run);
  }
  const { frontend, ordinal } = chosen;
  const told = { service: frontend.id, entry: frontendEntry(kernel, frontend, ordinal) };
  let remote: EndpointRun['tunnelFrom'];
  if (at.fromDevice && at.role === 'host') {
    const to = routeOf(run, run.paths.routes, run.target.address);
    if (!to) return deny(run, `nobody knows where ${run.target.address} is`, told);
    if (!to.local) {
      remote = to.nextHop;
      if (run.tunnelFrom === undefined) {
        flags.add('np-fwd');
        if (run.paths.dsr) flags.add('dsr-fwd');
      }
    } else if (to.of === 'workload') flags.add('ext-local');
  }
  if (at.fromWorkload && packet.tuple.source === run.target.address) flags.add('svc-self');
  const tunnel = remote ?? run.tunnelFrom;
  const flow = makeFlow(run, {
    kind: 'reverse',
    tuple: moved(packet.tuple, 'destination', run.target),
    original: packet.tuple,
    flags: [...flags],
    ...(tunnel && { tunnel }),
    ...(remote && { allowReturn: true }),
  });
  if (!flow) return deny(run, 'no source port is free for the connection', told);
  if (remote !== undefined) return sendOn(run, remote, told);
  tell(run, 'translate', told);
  rewrite(run, 'dnat', flow.tuple, told.entry);
  return afterRewriting(run, flags);
}

function newNote({ natOutgoing, skipFib, fib }: EndpointRun): string {
  if (natOutgoing)
    return 'it opens a connection out of the cluster, to which POSTROUTING is to give the node’s address';
  if (skipFib) return 'it opens a connection, which the host’s stack is to route';
  return fib ? 'it opens a connection' : 'it opens a connection, by the host’s stack';
}

/** A packet of a connection whose one end is not as the packet says. */
function acceptKnown(run: EndpointRun, kind: 'dnat' | 'snat'): Verdict {
  const { at, kernel, found, tunnelFrom, paths } = run;
  const { flow, to, flags, tunnel } = found;
  if (!flow || !to) return finish(run);
  const entry = stateEntry(kernel, flow.id);
  if (kind === 'dnat') {
    if (at.fromDevice && tunnelFrom !== undefined && flags.has('np-fwd')) {
      run.mark = BYPASS_FORWARD;
      tell(run, 'redirect', { entry, note: `${tunnelFrom} has sent the answer back` });
      return finish(run);
    }
    if (at.fromDevice && at.role === 'host' && flags.has('np-fwd') && tunnel !== undefined) {
      return sendOn(run, tunnel, { entry });
    }
    run.target = to.destination;
    tell(run, 'translate', { entry });
    rewrite(run, 'dnat', ends(flow.tuple), entry);
    return afterRewriting(run, flags);
  }
  const returns = at.fromWorkload && tunnel !== undefined;
  if (returns && paths.dsr) {
    tell(run, 'pass', {
      entry,
      note: 'the answer goes to the client directly, and gets the service’s address where it leaves the node',
    });
    return finish(run);
  }
  if (returns && isTooLongToWrap(run)) return tooLong(run);
  tell(run, 'translate', { entry });
  undo(run, flow, to, entry);
  if (tunnel !== undefined && (returns || (at.toDevice && at.role === 'host' && !paths.dsr))) {
    wrap(run, tunnel);
    return finish(run);
  }
  return afterRewriting(run, flags);
}

/** The backend is another node's: it gets the packet as it is, and chooses among its own. */
function sendOn(
  run: EndpointRun,
  remote: NonNullable<EndpointRun['tunnelFrom']>,
  told: Parameters<typeof tell>[2] = {},
): Verdict {
  if (isTooLongToWrap(run)) return tooLong(run);
  tell(run, 'redirect', { ...told, note: `${remote} has the backend` });
  run.mark = BYPASS_FORWARD;
  wrap(run, remote);
  return finish(run);
}

function tooLong(run: EndpointRun): Verdict {
  const { tunnelMtu } = run.paths;
  const { totalLength } = new Ipv4View(run.skb.bytes, run.skb.networkOffset);
  const note = `${totalLength} bytes are more than the ${tunnelMtu} that the tunnel between nodes takes`;
  return icmpReply(run, { type: 3, code: 4, nextHopMtu: tunnelMtu }, { note });
}

/** bpf-gpl/tc.c, post_nat */
function afterRewriting(run: EndpointRun, flags: ReadonlySet<FlowFlag>): Verdict {
  const { at, skb, paths, found } = run;
  if (flags.has('svc-self')) {
    run.mark = withMark(run.mark, MASQUERADE);
    run.fib = false;
  }
  if (at.toDevice && !hasMark(skb.meta.mark, SEEN) && found.verdict !== 'snat') {
    const to = routeOf(run, paths.routes, run.target.address);
    if (isLocalWorkload(to)) run.turns = 'local';
    else if ((!to || isRemoteWorkload(to)) && (at.role === 'loopback' || at.role === 'host')) run.turns = 'remote';
    if (run.turns) run.fib = true;
  }
  return finish(run);
}

/** The flags that a new connection gets (calico_tc_skb_new_flow_entrypoint). */
function flagsOf(run: EndpointRun): readonly FlowFlag[] {
  const { at, skb, turns } = run;
  const { mark } = skb.meta;
  const isSeen = hasMark(mark, SEEN);
  const fromNatVeth = hasMark(mark, FROM_NAT_VETH);
  return [
    ...(run.natOutgoing ? (['nat-out'] as const) : []),
    ...((at.toHost && run.skipFib) || (at.toWorkload && (!isSeen || isMark(mark, SKIP_FIB)))
      ? (['skip-fib'] as const)
      : []),
    ...((at.toHost && at.role === 'natVeth') || (at.toDevice && fromNatVeth) ? (['via-nat-if'] as const) : []),
    ...(at.toDevice && at.role !== 'natVeth' && turns ? (['np-loop'] as const) : []),
    ...(at.toDevice && at.role !== 'natVeth' && turns === 'remote' ? (['np-remote'] as const) : []),
  ];
}

/** Gives the packet other ends, as far as they differ. */
function rewrite(run: EndpointRun, kind: 'dnat' | 'snat', to: EbpfTuple, entry: ReturnType<typeof stateEntry>): void {
  const { tuple } = run.packet;
  const source = { address: to.source, port: to.sourcePort };
  const destination = { address: to.destination, port: to.destinationPort };
  const between = moved(tuple, 'destination', destination);
  if (tuple.destination !== to.destination || tuple.destinationPort !== to.destinationPort)
    translate(run, kind, tuple, between, entry);
  if (tuple.source !== to.source || tuple.sourcePort !== to.sourcePort)
    translate(run, 'snat', between, moved(between, 'source', source), entry);
  run.packet = { ...run.packet, tuple: to };
}

/** An answer gets the service's address back, and is for who has asked. */
function undo(
  run: EndpointRun,
  _: EbpfFlow,
  { source, destination }: NonNullable<EndpointRun['found']['to']>,
  entry: ReturnType<typeof stateEntry>,
): void {
  const { tuple } = run.packet;
  const between = moved(tuple, 'source', source);
  translate(run, 'undo-dnat', tuple, between, entry);
  const after = moved(between, 'destination', destination);
  if (between.destination !== after.destination || between.destinationPort !== after.destinationPort)
    translate(run, 'undo-snat', between, after, entry);
  run.packet = { ...run.packet, tuple: after };
}

function ends(tuple: EbpfTuple): EbpfTuple {
  return tuple;
}
