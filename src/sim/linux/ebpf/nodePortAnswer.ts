import type { NodePortConfig } from '../../../datamodel/network/ebpf.ts';
import { readDsrOption } from './dsrOption.ts';
import { natIcmpError } from './natIcmpError.ts';
import { type ProgramRun, say, stateEntry, translate, type Verdict } from './programRun.ts';
import { redirect } from './redirect.ts';
import { touch, trackBackend } from './serviceConnection.ts';
import { rememberDsr } from './snat.ts';
import { connectionId, entryOf, expiryOf, mirrorOf, moved, natId, putEntry } from './state.ts';
import type { TcPacket } from './tcPacket.ts';

/** A packet from outside that asks for no service: another node's request under DSR, a remote backend's answer, or neither. */
export function nodePortAnswer(run: ProgramRun, packet: TcPacket | undefined, config: NodePortConfig): Verdict {
  if (!packet) return natIcmpError(run);
  return config.dsr.includes(packet.protocol) ? dsrRequest(run, packet) : snatAnswer(run, packet);
}

/** Another node has sent it on with its client's address: the answer is to leave under the service's name. */
function dsrRequest(run: ProgramRun, { tuple, word, protocol }: TcPacket): Verdict {
  const { kernel, skb, lookup } = run;
  lookup.lookups++;
  const id = connectionId('out', tuple);
  const known = entryOf(kernel, 'ct', id);
  if (protocol === 'tcp' && !word.syn) {
    if (known?.dsr) touch(run, known, { word }, 'client');
    return 'ok';
  }
  const service = readDsrOption(skb);
  if (!service) return 'ok';
  trackBackend(run, { tuple, word }, { reverseNat: 0, dsr: true });
  rememberDsr(kernel, tuple, service, word);
  say(run, 'pass', {
    entry: stateEntry(kernel, natId('out', mirrorOf(tuple))),
    note: `answers are to leave as ${service.address}:${service.port}`,
  });
  return 'ok';
}

/** The backend answers the node: the client's address comes back, then the service's, and off it goes. */
function snatAnswer(run: ProgramRun, { tuple, word }: TcPacket): Verdict {
  const { kernel, lookup } = run;
  lookup.lookups++;
  const nat = entryOf(kernel, 'nat', natId('in', tuple));
  if (!nat) return 'ok';
  putEntry(kernel, { ...nat, expires: expiryOf(kernel, tuple.protocol, word) });
  const toClient = moved(tuple, 'destination', nat.to);
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
  return redirect(run);
}
