import type { IpAddress } from '../../../wire/address.ts';
import { answerNoService } from './noService.ts';
import { lbEntry, type ProgramRun, say, stateEntry, translate, type Verdict } from './programRun.ts';
import { backendOfPacket, touch, trackBackend } from './serviceConnection.ts';
import { connectionId, entryOf, mirrorOf, moved } from './state.ts';
import { readTcPacket, type TcPacket } from './tcPacket.ts';

/** A packet leaves its Pod: what is for a service goes to a backend (bpf/bpf_lxc.c, __per_packet_lb_svc_xlate_4). */
export function fromPod(run: ProgramRun, loopback: IpAddress): Verdict {
  const { kernel, skb, lookup } = run;
  const packet = readTcPacket(kernel, skb);
  if (!packet) return 'ok';
  const { tuple, word, protocol } = packet;
  const service = lookup.service({ address: tuple.destination, port: tuple.destinationPort, protocol }, true);
  if (!service) return toItself(run, packet, loopback);
  const backend = backendOfPacket(run, service, packet, 'random');
  if (!backend) return answerNoService(run, service);
  const forward = moved(tuple, 'destination', backend);
  const itself = backend.address === tuple.source;
  const sent = itself ? moved(forward, 'source', { address: loopback, port: tuple.sourcePort }) : forward;
  trackBackend(run, { tuple: sent, word }, { reverseNat: service.reverseNat, ...(itself && { loopback: true }) });
  const slot = service.slots.indexOf(backend.id) + 1;
  const entry = lbEntry(kernel, service, slot);
  say(run, 'translate', { service, slot, ...(itself && { note: 'the Pod is its own backend' }) });
  translate(run, 'dnat', tuple, forward, entry);
  if (itself) translate(run, 'snat', forward, sent, entry);
  skb.meta.loadBalanced = true;
  return 'ok';
}

/** The answer of a Pod to itself: both ends come back. */
function toItself(run: ProgramRun, packet: TcPacket, loopback: IpAddress): Verdict {
  const { kernel, lookup } = run;
  const { tuple } = packet;
  if (tuple.destination !== loopback) return 'ok';
  lookup.lookups++;
  const connection = entryOf(kernel, 'ct', connectionId('out', mirrorOf(tuple)));
  const service = connection?.loopback ? lookup.reverseNat(connection.reverseNat) : undefined;
  if (!connection || !service) return 'ok';
  touch(run, connection, packet);
  const entry = stateEntry(kernel, connection.id);
  const back = moved(tuple, 'destination', { address: tuple.source, port: tuple.destinationPort });
  say(run, 'translate', { entry, note: 'the Pod’s answer to itself' });
  translate(run, 'undo-snat', tuple, back, entry);
  translate(run, 'undo-dnat', back, moved(back, 'source', service), entry);
  run.skb.meta.loadBalanced = true;
  return 'ok';
}

/** An answer reaches its Pod under the name of the service that was asked for (bpf/bpf_lxc.c, tail_ipv4_to_endpoint). */
export function toPod(run: ProgramRun): Verdict {
  const { kernel, skb, lookup } = run;
  const packet = readTcPacket(kernel, skb);
  if (!packet) return 'ok';
  const { tuple } = packet;
  lookup.lookups++;
  const connection = entryOf(kernel, 'ct', connectionId('out', mirrorOf(tuple)));
  if (!connection || connection.nodePort || connection.dsr || connection.loopback) return 'ok';
  const service = lookup.reverseNat(connection.reverseNat);
  if (!service) return 'ok';
  touch(run, connection, packet);
  const entry = stateEntry(kernel, connection.id);
  say(run, 'translate', { entry });
  translate(run, 'undo-dnat', tuple, moved(tuple, 'source', service), entry);
  return 'ok';
}
