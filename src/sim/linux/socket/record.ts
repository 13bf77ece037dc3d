import type { DropReason } from '../../../datamodel/flow/dropReason.ts';
import type { EntryRef } from '../../../datamodel/flow/step.ts';
import type { IcmpError, Kernel } from '../kernel.ts';
import type { Skb } from '../skb.ts';

/** Records that a socket or the kernel's own protocol code took the packet, which ends its trace. */
export function deliver(kernel: Kernel, skb: Skb, to: 'socket' | 'kernel', what: string, entry?: EntryRef): void {
  const { recorder } = kernel.world;
  recorder.step(kernel.id, skb, { type: 'deliver', to, what }, { device: skb.meta.inputDevice, entry });
  recorder.end(skb, { type: 'delivered', netns: kernel.id, to: what });
}

/** Records a drop, which ends the packet's trace. */
export function drop(kernel: Kernel, skb: Skb, reason: DropReason, because: string, more: DropDetail = {}): void {
  const { recorder } = kernel.world;
  const icmp = more.icmp && {
    type: more.icmp.type,
    code: more.icmp.code,
    ...(more.icmp.nextHopMtu !== undefined && { mtu: more.icmp.nextHopMtu }),
  };
  const place = { device: skb.meta.inputDevice, entry: more.entry };
  recorder.step(kernel.id, skb, { type: 'drop', reason, because, ...(icmp && { icmp }) }, place);
  recorder.end(skb, { type: 'dropped', netns: kernel.id, reason, because });
}

export interface DropDetail {
  readonly icmp?: IcmpError | undefined;
  readonly entry?: EntryRef | undefined;
}
