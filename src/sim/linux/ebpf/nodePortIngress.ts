import type { LbBackend, LbService, NodePortConfig } from '../../../datamodel/network/ebpf.ts';
import { addDsrOption } from './dsrOption.ts';
import { nodePortAnswer } from './nodePortAnswer.ts';
import { answerNoService } from './noService.ts';
import { lbEntry, type ProgramRun, say, shoot, stateEntry, translate, type Verdict } from './programRun.ts';
import { redirectOrDrop } from './redirect.ts';
import { backendOfPacket, trackBackend } from './serviceConnection.ts';
import { sourceMapping } from './snat.ts';
import { moved, natId } from './state.ts';
import { readTcPacket, type TcPacket } from './tcPacket.ts';

/** What a network card's ingress does: asked for a service, it sends the packet to a backend (bpf/lib/nodeport.h, nodeport_lb4). */
export function nodePortIngress(run: ProgramRun, config: NodePortConfig): Verdict {
  const { kernel, skb, lookup } = run;
  const packet = readTcPacket(kernel, skb);
  if (!packet) return nodePortAnswer(run, undefined, config);
  const { tuple, protocol } = packet;
  const service = lookup.service({ address: tuple.destination, port: tuple.destinationPort, protocol }, false);
  if (!service) return nodePortAnswer(run, packet, config);
  if (!service.flags.routable) {
    return shoot(run, 'a ClusterIP is not for traffic from outside', { service, reason: 'DROP_IS_CLUSTER_IP' });
  }
  if (!lookup.sourceAllowed(service, tuple.source)) {
    return shoot(run, `${tuple.source} is in none of the service's source ranges`, {
      service,
      reason: 'DROP_NOT_IN_SRC_RANGE',
    });
  }
  const backend = backendOfPacket(run, service, packet, config.algorithm);
  if (!backend) return answerNoService(run, service);
  return lookup.isLocal(backend.address)
    ? toLocal(run, service, backend, packet)
    : toRemote(run, service, backend, packet, config);
}

/** The client's address stays: the answer passes this card again. */
function toLocal(run: ProgramRun, service: LbService, backend: LbBackend, { tuple, word }: TcPacket): Verdict {
  const forward = moved(tuple, 'destination', backend);
  trackBackend(run, { tuple: forward, word }, { reverseNat: service.reverseNat, nodePort: true });
  const slot = service.slots.indexOf(backend.id) + 1;
  say(run, 'translate', { service, slot });
  translate(run, 'dnat', tuple, forward, lbEntry(run.kernel, service, slot));
  return 'ok';
}

function toRemote(
  run: ProgramRun,
  service: LbService,
  backend: LbBackend,
  { tuple, word, protocol }: TcPacket,
  config: NodePortConfig,
): Verdict {
  const { kernel, skb } = run;
  const forward = moved(tuple, 'destination', backend);
  const slot = service.slots.indexOf(backend.id) + 1;
  const entry = lbEntry(kernel, service, slot);
  if (config.dsr.includes(protocol)) {
    say(run, 'redirect', { service, slot, note: 'the backend will answer the client by itself' });
    translate(run, 'dnat', tuple, forward, entry);
    const first = protocol === 'udp' || word.syn;
    const asked = { address: tuple.destination, port: tuple.destinationPort };
    if (first && !addDsrOption(skb, asked))
      return shoot(run, 'the header has no room for the DSR option', { service, reason: 'DROP_CT_INVALID_HDR' });
    if (first)
      say(run, 'translate', { service, slot, note: `option 0x9a, 8 bytes, carries ${asked.address}:${asked.port}` });
    run.skb.meta.natDone = true;
    return redirectOrDrop(run);
  }
  trackBackend(run, { tuple: forward, word }, { reverseNat: service.reverseNat, nodePort: true });
  const to = sourceMapping(run, forward, word, config.address, config.ports);
  if (!to) return shoot(run, 'no port is free for the answer', { service, reason: 'DROP_NAT_NO_MAPPING' });
  say(run, 'redirect', { service, slot, note: 'the backend is on another node' });
  translate(run, 'dnat', tuple, forward, entry);
  translate(run, 'snat', forward, moved(forward, 'source', to), stateEntry(kernel, natId('out', forward)));
  run.skb.meta.natDone = true;
  return redirectOrDrop(run);
}
