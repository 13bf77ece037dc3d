import type { DropReason } from '../../../datamodel/flow/dropReason.ts';
import type { StepDetail } from '../../../datamodel/flow/step.ts';
import type { Kernel } from '../kernel.ts';
import type { StepPlace } from '../recorder.ts';
import type { Skb } from '../skb.ts';

type IcmpAnswer = Extract<StepDetail, { readonly type: 'drop' }>['icmp'];

/** Frees a packet with a reason (Linux: kfree_skb_reason): records the drop and ends the trace. */
export function dropPacket(
  kernel: Kernel,
  skb: Skb,
  reason: DropReason,
  because: string,
  place: StepPlace = {},
  icmp?: IcmpAnswer,
): void {
  const { recorder } = kernel.world;
  recorder.step(kernel.id, skb, { type: 'drop', reason, because, ...(icmp && { icmp }) }, place);
  recorder.end(skb, { type: 'dropped', netns: kernel.id, reason, because });
}
