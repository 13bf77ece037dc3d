import type { EbpfConnection } from '../../../datamodel/network/ebpfState.ts';
import type { ProgramRun } from './programRun.ts';
import { touch } from './serviceConnection.ts';
import { connectionId, entryOf, mirrorOf } from './state.ts';
import type { TcPacket } from './tcPacket.ts';

type FlowPacket = Pick<TcPacket, 'tuple' | 'word'>;

/** A packet leaves a Pod of this node: its connection is remembered, unless it answers one (bpf/bpf_lxc.c, CT_EGRESS). */
export function trackFromPod(run: ProgramRun, packet: FlowPacket | undefined): void {
  if (packet) track(run, packet, 'out');
}

/** A packet is handed to a Pod of this node (CT_INGRESS). */
export function trackToPod(run: ProgramRun, packet: FlowPacket | undefined): void {
  if (packet) track(run, packet, 'in');
}

/** Whether a packet of a Pod answers somebody who asked that Pod (ct_is_reply4). */
export function answersAsker(run: ProgramRun, { tuple }: FlowPacket): boolean {
  run.lookup.lookups++;
  return entryOf(run.kernel, 'ct', connectionId('in', mirrorOf(tuple))) !== undefined;
}

function track(run: ProgramRun, packet: FlowPacket, direction: 'in' | 'out'): void {
  const { kernel, lookup } = run;
  const { tuple, word } = packet;
  lookup.lookups++;
  const asked = entryOf(kernel, 'ct', connectionId(direction === 'out' ? 'in' : 'out', mirrorOf(tuple)));
  // A NodePort's entry is the node's, not the Pod's.
  if (asked && !asked.nodePort && !asked.dsr) {
    touch(run, asked, packet, 'backend');
    return;
  }
  const id = connectionId(direction, tuple);
  const fresh: EbpfConnection = { type: 'ct', id, direction, tuple, reverseNat: 0, expires: 0 };
  const { closing, ...entry } = entryOf(kernel, 'ct', id) ?? fresh;
  touch(run, word.syn || closing === undefined ? entry : { ...entry, closing }, packet, 'client');
}
