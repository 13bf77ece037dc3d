import type { DropReason } from '../../../datamodel/flow/dropReason.ts';
import type { EntryRef, StepDetail } from '../../../datamodel/flow/step.ts';
import type { DeviceProgram, LbService } from '../../../datamodel/network/ebpf.ts';
import type { EbpfTuple } from '../../../datamodel/network/ebpfState.ts';
import type { Link } from '../../../datamodel/network/link.ts';
import { IpProtocol } from '../../../wire/ipv4.ts';
import { dropPacket } from '../device/drop.ts';
import type { Kernel } from '../kernel.ts';
import { type Manip, rewriteEnd } from '../netfilter/rewrite.ts';
import type { Skb } from '../skb.ts';
import type { LbLookup } from './lbLookup.ts';

/** `ok`: the packet goes on (TC_ACT_OK); `taken`: the program has sent it elsewhere or dropped it. */
export type Verdict = 'ok' | 'taken';

type ProgramDetail = Extract<StepDetail, { readonly type: 'program' }>;
type TranslationKind = Extract<StepDetail, { readonly type: 'translate' }>['kind'];

/** One run of a device's program on one packet. */
export interface ProgramRun {
  readonly kernel: Kernel;
  readonly skb: Skb;
  readonly link: Link;
  readonly program: DeviceProgram;
  readonly lookup: LbLookup;
}

export interface Said {
  readonly service?: LbService | undefined;
  /** 0: the service's own line. */
  readonly slot?: number;
  readonly entry?: EntryRef | undefined;
  readonly note?: string;
  /** The helper by which the packet goes elsewhere. */
  readonly helper?: ProgramDetail['helper'];
  /** What the program itself calls a drop: `DROP_NO_FIB`. */
  readonly reason?: string;
}

/** Writes down what the program decided; map updates made so far go with it. */
export function say(run: ProgramRun, action: ProgramDetail['action'], said: Said = {}): void {
  const { kernel, skb, link, program, lookup } = run;
  const { service, slot = 0, note, helper, reason } = said;
  const detail: ProgramDetail = {
    type: 'program',
    attach: program.hook,
    name: program.name,
    action,
    lookups: lookup.lookups,
    ...(service && { service: service.id }),
    ...(note !== undefined && { note }),
    ...(helper && { helper }),
    ...(reason !== undefined && { reason }),
  };
  const entry = said.entry ?? (service && lbEntry(kernel, service, slot));
  kernel.world.recorder.step(kernel.id, skb, detail, { device: link.name, entry });
}

/** Drops the packet: TC_ACT_SHOT. */
export function shoot(run: ProgramRun, because: string, said: Said = {}): 'taken' {
  const { kernel, skb, link, program } = run;
  say(run, 'drop', { ...said, note: because });
  const reason: DropReason = program.hook === 'tc ingress' ? 'TC_INGRESS' : 'TC_EGRESS';
  const entry = said.entry ?? (said.service && lbEntry(kernel, said.service, said.slot ?? 0));
  const own = said.reason === undefined ? '' : `${said.reason}, `;
  dropPacket(kernel, skb, reason, `${program.name}: ${own}${because}`, { device: link.name, entry });
  return 'taken';
}

/** Rewrites one end of the packet: an address with its port, or with the identifier of a ping. */
export function translate(
  run: ProgramRun,
  kind: TranslationKind,
  before: EbpfTuple,
  after: EbpfTuple,
  entry: EntryRef,
): void {
  const { kernel, skb, link } = run;
  const end: Manip = kind === 'dnat' || kind === 'undo-snat' ? 'destination' : 'source';
  const echo = after.protocol === IpProtocol.icmp && { sourcePort: after.sourcePort || after.destinationPort };
  const changes = rewriteEnd(skb.writable(), skb.networkOffset, { ...after, ...echo }, end);
  const detail = { type: 'translate', kind, by: 'ebpf', before, after } as const;
  kernel.world.recorder.step(kernel.id, skb, detail, { device: link.name, entry, changes });
}

export function lbEntry(kernel: Kernel, service: LbService, slot: number): EntryRef {
  return { netns: kernel.id, table: 'ebpf', id: `${service.id} ${slot}` };
}

/** An entry of a map that programs write. */
export function stateEntry(kernel: Kernel, id: string): EntryRef {
  return { netns: kernel.id, table: 'ebpf', id };
}
