import type { Hook } from '../../../datamodel/network/netfilter.ts';
import { ipView } from '../../../wire/ip.ts';
import type { Kernel } from '../kernel.ts';
import type { Skb } from '../skb.ts';
import { confirmPacket, trackPacket } from './conntrack.ts';
import { type HookFunction, type HookVerdict, Priority, type Registration } from './hookFunction.ts';
import { dropPacket } from './verdict.ts';

/** What connection tracking registers: reassembly before it, confirmation after everything. */
export function connectionHooks(): Registration {
  const entry = (hook: Hook, priority: number, run: HookFunction) => ({ hook, priority, registered: 0, run });
  return {
    functions: [
      ...(['PREROUTING', 'OUTPUT'] as const).flatMap((hook) => [
        entry(hook, Priority.defrag, gather),
        entry(hook, Priority.conntrack, track),
      ]),
      entry('INPUT', Priority.confirm, confirm),
      entry('POSTROUTING', Priority.confirm, confirm),
    ],
    natChains: [],
    tracks: true,
  };
}

/** Connections are tracked by whole packets; what carries a connection already has been whole before. */
function gather(kernel: Kernel, skb: Skb): HookVerdict {
  if (skb.meta.connection !== undefined || !ipView(skb.bytes, skb.networkOffset).isFragment) return 'accept';
  return kernel.stack.defragment(kernel, skb, 'conntrack') === undefined ? 'drop' : 'accept';
}

function track(kernel: Kernel, skb: Skb, hook: Hook): HookVerdict {
  trackPacket(kernel, skb, hook);
  return 'accept';
}

function confirm(kernel: Kernel, skb: Skb, hook: Hook): HookVerdict {
  if (confirmPacket(kernel, skb, hook) === 'accept') return 'accept';
  dropPacket(kernel, skb, hook, 'Another connection has been given the same tuple meanwhile.');
  return 'drop';
}
