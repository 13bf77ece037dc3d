import type { EntryRef, FieldChange, StepDetail } from '../../../datamodel/flow/step.ts';
import type { Hook } from '../../../datamodel/network/netfilter.ts';
import type { ConntrackTuple } from '../../../datamodel/network/runtime.ts';
import { transportChecksumValid } from '../../../wire/checksum.ts';
import { ICMPV4_HEADER_LENGTH, Icmpv4Type, Icmpv4View } from '../../../wire/icmpv4.ts';
import { type IpView, ipView } from '../../../wire/ip.ts';
import { IpProtocol, Ipv4View } from '../../../wire/ipv4.ts';
import type { Kernel } from '../kernel.ts';
import type { Skb } from '../skb.ts';
import type { Connection } from './connection.ts';
import { hasDestinationNat, hasSourceNat, tupleFor } from './connection.ts';
import type { Manip } from './rewrite.ts';
import { rewriteEnd } from './rewrite.ts';
import { mirror, sameTuple, tupleOf } from './tuple.ts';
import type { NatRange } from './uniqueTuple.ts';
import { uniqueTuple } from './uniqueTuple.ts';

/** Which end the nat hook writes (HOOK2MANIP): the destination before routing, the source after it. */
export function manipAt(hook: Hook): Manip {
  return hook === 'POSTROUTING' || hook === 'INPUT' ? 'source' : 'destination';
}

export function isNatDone(connection: Connection, manip: Manip): boolean {
  return manip === 'source' ? connection.natSourceDone : connection.natDestinationDone;
}

/** Settles once and for all what the connection's end becomes (nf_nat_setup_info). Packets are written later. */
export function setUpNat(kernel: Kernel, connection: Connection, range: NatRange, manip: Manip): void {
  if (connection.confirmed || isNatDone(connection, manip)) return;
  const current = mirror(connection.reply);
  const wanted = uniqueTuple(kernel, connection, current, range, manip);
  if (!sameTuple(wanted, current)) connection.reply = mirror(wanted);
  if (manip === 'source') connection.natSourceDone = true;
  else connection.natDestinationDone = true;
}

/** No rule spoke: the address stays, and the port too unless somebody has it (nf_nat_alloc_null_binding). */
export function setUpNullBinding(kernel: Kernel, connection: Connection, manip: Manip): void {
  const address = manip === 'source' ? connection.reply.destination : connection.reply.source;
  setUpNat(kernel, connection, { address }, manip);
}

/** The rule that decided, when one did. */
export interface NatCause {
  readonly kind: 'dnat' | 'snat' | 'masquerade';
  readonly entry: EntryRef;
}

/**
 * Writes into the packet what its connection's nat says about this hook, in either direction (nf_nat_packet), and for an ICMP
 * error into its quote as well (nf_nat_icmp_reply_translation).
 * @returns `drop` for an error that must not be translated.
 */
export function translatePacket(kernel: Kernel, skb: Skb, hook: Hook, cause?: NatCause): 'accept' | 'drop' {
  const { connection, connectionReply: reply = false, connectionState } = skb.meta;
  if (connection === undefined) return 'accept';
  const manip = manipAt(hook);
  const isError = connectionState === 'RELATED' && ipOf(skb).protocol === IpProtocol.icmp;
  if (isError && !isErrorSound(skb, connection)) return 'drop';
  // Going back, the destination is where the source was hidden, and the other way round.
  const isSourceNat = (manip === 'source') !== reply;
  if (!(isSourceNat ? hasSourceNat(connection) : hasDestinationNat(connection))) return 'accept';
  const target = mirror(tupleFor(connection, !reply));
  const before = tupleOf(skb.bytes, skb.networkOffset);
  const bytes = skb.writable();
  const quoted = isError ? rewriteQuote(bytes, skb.networkOffset, tupleFor(connection, !reply), manip) : [];
  const changes = [...quoted, ...rewriteEnd(bytes, skb.networkOffset, target, manip)];
  const after = tupleOf(bytes, skb.networkOffset);
  if (changes.length === 0 || before === undefined || after === undefined) return 'accept';
  const kind = reply ? (isSourceNat ? 'undo-snat' : 'undo-dnat') : (cause?.kind ?? (isSourceNat ? 'snat' : 'dnat'));
  record(kernel, skb, hook, { kind, before, after }, changes, reply ? undefined : cause);
  return 'accept';
}

function ipOf(skb: Skb): IpView {
  return ipView(skb.bytes, skb.networkOffset);
}

/** A redirect about a translated connection would name a router that the other side cannot use. */
function isErrorSound(skb: Skb, connection: Connection): boolean {
  if (!transportChecksumValid(skb.bytes, skb.networkOffset)) return false;
  if (new Icmpv4View(skb.bytes, ipOf(skb).payloadOffset).type !== Icmpv4Type.redirect) return true;
  const isDecided = connection.natSourceDone && connection.natDestinationDone;
  return isDecided && !hasSourceNat(connection) && !hasDestinationNat(connection);
}

/** The quoted packet went the other way: what is a source outside is a destination inside. */
function rewriteQuote(bytes: Uint8Array, offset: number, target: ConntrackTuple, manip: Manip): FieldChange[] {
  const ip = new Ipv4View(bytes, offset);
  const icmp = new Icmpv4View(bytes, ip.payloadOffset);
  const opposite = manip === 'source' ? 'destination' : 'source';
  const changes = rewriteEnd(bytes, ip.payloadOffset + ICMPV4_HEADER_LENGTH, target, opposite, 'quoted.');
  if (changes.length === 0) return changes;
  const from = icmp.checksum;
  icmp.fillChecksum(ip.payloadLength);
  const text = (checksum: number): string => `0x${checksum.toString(16).padStart(4, '0')}`;
  if (icmp.checksum !== from) changes.push({ path: 'icmp.checksum', from: text(from), to: text(icmp.checksum) });
  return changes;
}

type Translation = Extract<StepDetail, { readonly type: 'translate' }>;

function record(
  kernel: Kernel,
  skb: Skb,
  hook: Hook,
  { kind, before, after }: Pick<Translation, 'kind' | 'before' | 'after'>,
  changes: readonly FieldChange[],
  cause: NatCause | undefined,
): void {
  const id = skb.meta.connection?.id;
  const listed: EntryRef | undefined = id === undefined ? undefined : { netns: kernel.id, table: 'conntrack', id };
  const detail: Translation = { type: 'translate', kind, by: cause ? 'rule' : 'conntrack', before, after };
  kernel.world.recorder.step(kernel.id, skb, detail, { hook, entry: cause?.entry ?? listed, changes });
}
