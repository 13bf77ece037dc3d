import type { NodePortConfig } from '../../../datamodel/network/ebpf.ts';
import { readDsrOption } from './dsrOption.ts';
import { natIcmpError } from './natIcmpError.ts';
import { type ProgramRun, say, stateEntry, translate, type Verdict } from './programRun.ts';
import { redirectOrDrop } from './redirect.ts';
import { touch, trackBackend } from './serviceConnection.ts';
import { rememberDsr } from './snat.ts';
import { connectionId, entryOf, expiryOf, mirrorOf, moved, natId, putEntry } from './state.ts';
import { readFlow, type TcPacket } from './tcPacket.ts';

/** A packet from outside that asks for no service: another node's request under DSR, a remote backend's answer, or neither. */
export function nodePortAnswer(run: ProgramRun, packet: TcPacket | undefined, config: NodePortConfig): Verdict {
  if (packet && config.dsr.includes(packet.protocol) && dsrRequest(run, packet)) return 'ok';
  const flow = packet ?? readFlow(run.kernel, run.skb);
  return flow ? snatAnswer(run, flow) : natIcmpError(run);
}

/** Another node has sent it on with its client's address: the answer is to leave under the service's name. */
function dsrRequest(run: ProgramRun, { tuple, word, protocol }: TcPacket): boolean {
  const { kernel, skb, lookup } = run;
  lookup.lookups++;
  const id = connectionId('out', tuple);
  const known = entryOf(kernel, 'ct', id);
  if (protocol === 'tcp' && !word.syn) {
    if (known?.dsr) touch(run, known, { word }, 'client');
    return known?.dsr ?? false;
  }
  const service = readDsrOption(skb);
  if (!service) return false;
  trackBackend(run, { tuple, word }, { reverseNat: 0, dsr: true });
  rememberDsr(kernel, tuple, service, word);
  say(run, 'pass', {
    entry: stateEntry(kernel, natId('out', mirrorOf(tuple))),
    note: `answers are to leave as ${service.address}:${service.port}`,
  });
  return true;
}

/**
 * An answer to what left by the node's address: the client's address comes back. A backend's gets the service's too, and off it
 * goes; an answer to a Pod or to the node itself goes on.
 */
function snatAnswer(run: ProgramRun, { tuple, word }: Pick<TcPacket, 'tuple' | 'word'>): Verdict {
  const { kernel, lookup } = run;
  lookup.lookups++;
  const nat = entryOf(kernel, 'nat', natId('in', tuple));
  if (!nat) return 'ok';
  putEntry(kernel, { ...nat, expires: expiryOf(kernel, tuple.protocol, word) });
  const toClient = moved(tuple, 'destination', nat.to);
  const unchanged = nat.to.address === tuple.destination && nat.to.port === tuple.destinationPort;
  if (unchanged) return 'ok';
  lookup.lookups++;
  const connection = entryOf(kernel, 'ct', connectionId('out', mirrorOf(toClient)));
  const service = connection?.nodePort ? lookup.reverseNat(connection.reverseNat) : undefined;
  if (!connection || !service) {
    say(run, 'translate', { entry: stateEntry(kernel, nat.id) });
    translate(run, 'undo-snat', tuple, toClient, stateEntry(kernel, nat.id));
    return 'ok';
  }
  touch(run, connection, { word });
  say(run, 'redirect', { entry: stateEntry(kernel, nat.id), note: 'the answer of a backend on another node' });
  translate(run, 'undo-snat', tuple, toClient, stateEntry(kernel, nat.id));
  translate(run, 'undo-dnat', toClient, moved(toClient, 'source', service), stateEntry(kernel, connection.id));
  run.skb.meta.natDone = true;
  return redirectOrDrop(run);
}
