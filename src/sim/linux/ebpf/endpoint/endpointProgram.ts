import type { EndpointMaps, EndpointRole } from '../../../../datamodel/network/ebpfEndpoint.ts';
import { IpProtocol, Ipv4View } from '../../../../wire/ipv4.ts';
import type { ProgramRun, Verdict } from '../programRun.ts';
import { accept } from './accept.ts';
import { attachment, deny, type EndpointRun, tell } from './endpointRun.ts';
import { findFlow } from './findFlow.ts';
import { finish } from './finish.ts';
import { missed } from './foundFlow.ts';
import { BYPASS, BYPASS_FORWARD, FALLTHROUGH, hasMark, TUNNEL_KEY_SET } from './marks.ts';
import { newConnection } from './newConnection.ts';
import { setTunnelKey } from './overlayKey.ts';
import { readPacket } from './packet.ts';
import { unwrap } from './serviceTunnel.ts';

/**
 * The program of an endpoint on one packet (Felix: bpf-gpl/tc.c, calico_tc_main): what is wrapped for this node comes out, the
 * connection is found or made, a service's address becomes a backend's, and the packet goes on. There are no policies.
 */
export function endpointProgram(base: ProgramRun, role: EndpointRole, paths: EndpointMaps): Verdict {
  const at = attachment(base.program.hook, role);
  const { skb, kernel } = base;
  const { mark } = skb.meta;
  if (role === 'loopback' && at.toHost) return 'ok';
  const isApproved = hasMark(mark, BYPASS);
  const needsKey = role === 'tunnel' && !hasMark(mark, TUNNEL_KEY_SET);
  if (!at.toHost && isApproved) {
    if (needsKey) setTunnelKey(base, paths);
    return 'ok';
  }
  if (role === 'natVeth' && (mark === BYPASS || mark === BYPASS_FORWARD)) {
    skb.meta.mark = mark === BYPASS ? 0 : BYPASS;
    return 'ok';
  }
  const packet = readPacket(kernel, skb);
  const { protocol, source, destination } = new Ipv4View(skb.bytes, skb.networkOffset);
  const run: EndpointRun = {
    ...base,
    at,
    paths,
    packet: packet ?? {
      tuple: { protocol, source, destination, sourcePort: 0, destinationPort: 0 },
      isFragment: true,
    },
    found: missed('new'),
    target: { address: destination, port: packet?.tuple.destinationPort ?? 0 },
    fib: at.toHost,
    mark: 0,
    natOutgoing: false,
    skipFib: false,
    untracked: false,
  };
  if (!packet) return at.toHost ? deny(run, 'the first fragment has not come by') : 'ok';
  // Nodes' own tunnels are let through; the stack unwraps them.
  if (protocol === IpProtocol.ipip && role === 'host') return letThrough(run);
  if (packet.isFragment && at.fromDevice) run.fib = false;
  const unwrapped = at.fromDevice && role === 'host' ? unwrap(run) : 'no';
  if (unwrapped === 'taken') return 'taken';
  if (unwrapped === 'overlay') return letThrough(run);
  return tracked(run);
}

function letThrough(run: EndpointRun): Verdict {
  run.fib = false;
  return finish(run);
}

/** bpf-gpl/tc.c, calico_tc_process_ct_lookup */
function tracked(run: EndpointRun): Verdict {
  const { at } = run;
  run.found = findFlow(run);
  const { flags, verdict, wrongWay, tunnel } = run.found;
  if (at.fromDevice && tunnel !== undefined && run.tunnelFrom !== undefined && tunnel !== run.tunnelFrom) {
    return deny(run, `${run.tunnelFrom} is not the node that the connection goes by`);
  }
  if (flags.has('nat-out')) run.natOutgoing = true;
  if (at.toHost && at.role !== 'natVeth' && flags.has('via-nat-if') && verdict === 'bypass') {
    run.found = { ...run.found, verdict: 'established' };
  }
  if (wrongWay) return deny(run, `the connection's packets do not come by ${run.link.name}`);
  if (verdict === 'midFlow') return midFlow(run);
  if (verdict === 'new') return newConnection(run);
  if (flags.has('skip-fib')) run.skipFib = true;
  if (verdict === 'invalid') {
    if (!at.fromDevice) return deny(run, 'the packet belongs to no connection');
    run.fib = false;
    return finish(run);
  }
  return accept(run);
}

/** A segment of a connection from before the programs were there: conntrack may know it, and INPUT's rules ask. */
function midFlow(run: EndpointRun): Verdict {
  const { at } = run;
  if (at.toHost) {
    run.mark = FALLTHROUGH;
    run.fib = false;
    tell(run, 'pass', { note: 'it does not know the connection, and conntrack may' });
    return finish(run);
  }
  if (at.toWorkload) return deny(run, 'neither the programs nor conntrack know the connection');
  run.untracked = true;
  run.found = missed('new');
  return newConnection(run);
}
