import type { Link } from '../../../datamodel/network/link.ts';
import { ipView } from '../../../wire/ip.ts';
import { ipv6WayOut } from '../ip/ipv6WayOut.ts';
import type { Kernel } from '../kernel.ts';
import type { Skb } from '../skb.ts';

/*
 * The hooks that an IPv6 packet meets, without the stack between them: whether it is for this host decides which. What the
 * tables do to it is done as for IPv4; routes, neighbours and devices are not asked.
 */

const LOOPBACK = 'lo';

/** A packet made here: OUTPUT, POSTROUTING, and INPUT where it stays on this host. */
export function sendIpv6(kernel: Kernel, skb: Skb): void {
  skb.meta.packetType = 'outgoing';
  const outputDevice = isForHere(kernel, skb) ? LOOPBACK : ipv6WayOut(kernel);
  if (kernel.stack.runHook(kernel, skb, 'OUTPUT', { outputDevice }) === 'drop') return;
  const moved = isForHere(kernel, skb) ? LOOPBACK : ipv6WayOut(kernel);
  if (kernel.stack.runHook(kernel, skb, 'POSTROUTING', { outputDevice: moved }) === 'drop') return;
  if (moved !== LOOPBACK) return;
  const place = { inputDevice: LOOPBACK };
  if (kernel.stack.runHook(kernel, skb, 'PREROUTING', place) === 'drop') return;
  kernel.stack.runHook(kernel, skb, 'INPUT', place);
}

/** A packet that came in by `link`: PREROUTING, then INPUT, or FORWARD and POSTROUTING. */
export function receiveIpv6(kernel: Kernel, skb: Skb, link: Link): void {
  const inputDevice = link.port?.bridge ?? link.name;
  if (kernel.stack.runHook(kernel, skb, 'PREROUTING', { inputDevice }) === 'drop') return;
  if (isForHere(kernel, skb)) {
    kernel.stack.runHook(kernel, skb, 'INPUT', { inputDevice });
    return;
  }
  const devices = { inputDevice, outputDevice: ipv6WayOut(kernel) };
  if (kernel.stack.runHook(kernel, skb, 'FORWARD', devices) === 'drop') return;
  kernel.stack.runHook(kernel, skb, 'POSTROUTING', devices);
}

function isForHere(kernel: Kernel, skb: Skb): boolean {
  return kernel.fib.addressType(ipView(skb.bytes, skb.networkOffset).destination) === 'LOCAL';
}
