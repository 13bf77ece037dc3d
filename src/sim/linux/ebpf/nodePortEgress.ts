import { type ProgramRun, say, stateEntry, translate, type Verdict } from './programRun.ts';
import { touch } from './serviceConnection.ts';
import { connectionId, entryOf, mirrorOf, moved, natId } from './state.ts';
import { readTcPacket } from './tcPacket.ts';

/** Answers of this node's backends leave under the service's name (bpf/lib/nodeport.h, nodeport_rev_dnat_fwd_ipv4). */
export function nodePortEgress(run: ProgramRun): Verdict {
  const { kernel, skb, lookup } = run;
  const packet = readTcPacket(kernel, skb);
  if (!packet) return 'ok';
  const { tuple } = packet;
  lookup.lookups++;
  const connection = entryOf(kernel, 'ct', connectionId('out', mirrorOf(tuple)));
  if (!connection) return 'ok';
  const entry = stateEntry(kernel, connection.dsr ? natId('out', tuple) : connection.id);
  lookup.lookups += connection.dsr ? 1 : 0;
  const service = connection.dsr
    ? entryOf(kernel, 'nat', entry.id)?.to
    : connection.nodePort
      ? lookup.reverseNat(connection.reverseNat)
      : undefined;
  if (!service) return 'ok';
  touch(run, connection, packet);
  say(run, 'translate', { entry });
  translate(run, 'undo-dnat', tuple, moved(tuple, 'source', service), entry);
  skb.meta.natDone = true;
  return 'ok';
}
