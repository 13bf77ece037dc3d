import type { Kernel } from '../kernel.ts';
import type { Skb } from '../skb.ts';
import { isTunnelPacket } from '../tunnel/receive.ts';

/** The packet is for this host: put together if it is a fragment, INPUT, then its protocol (Linux: ip_local_deliver). */
export function localDeliver(kernel: Kernel, skb: Skb): void {
  const whole = kernel.stack.defragment(kernel, skb, 'local');
  if (whole === undefined) return;
  if (isTunnelPacket(kernel, whole)) whole.meta.pass = 'tunnel';
  const { inputDevice } = whole.meta;
  if (kernel.stack.runHook(kernel, whole, 'INPUT', { inputDevice }) === 'drop') return;
  kernel.stack.transportReceive(kernel, whole);
}
