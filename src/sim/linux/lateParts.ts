import type { Listener } from '../../datamodel/network/listener.ts';
import type { RejectWith } from '../../datamodel/network/netfilter.ts';
import type { IpvsConnection, RuntimeTables } from '../../datamodel/network/runtime.ts';
import type { changeKernels } from './change.ts';
import type { IpvsState } from './ipvs/connection.ts';
import type { Kernel, Socket, Stack } from './kernel.ts';
import type { ClientTask } from './program/client.ts';
import type { Resolution } from './program/resolver.ts';
import type { Skb } from './skb.ts';

/**
 * All of a kernel, and of its programs, that whole TCP segments through tables that stay do without: ICMP, UDP, names, fragments,
 * refusals, IPVS' connections, changes under way.
 */
export interface LateParts {
  readonly icmpSend: Stack['icmpSend'];
  readonly defragment: Stack['defragment'];
  splitPacket(kernel: Kernel, skb: Skb, mtu: number, device: string): readonly Skb[];
  sendRejection(
    kernel: Kernel,
    skb: Skb,
    how: RejectWith,
  ): { readonly type: number; readonly code: number } | undefined;
  icmpReceive(kernel: Kernel, skb: Skb): void;
  identifyDatagrams(kernel: Kernel, listener: Listener, name: string): Socket;
  dnsSocket(kernel: Kernel, listener: Listener, zone: Extract<Listener['program'], { type: 'dns' }>['zone']): Socket;
  readonly changeKernels: typeof changeKernels;
  restoreIpvs(learned: RuntimeTables): IpvsState;
  listIpvs(kernel: Kernel): readonly IpvsConnection[];
  startPing(task: ClientTask): void;
  startUdp(task: ClientTask): void;
  resolveName(kernel: Kernel, name: string, done: (resolution: Resolution) => void): void;
}

/** A run needs what has not been loaded yet: once it has been, the same run goes through. */
export class LatePartsMissing extends Error {
  constructor() {
    super('This part of a kernel has not been loaded yet');
  }
}

let loaded: LateParts | undefined;

/** To be called before the first run that is more than TCP without losses. */
export function loadLateParts(parts: LateParts): void {
  loaded = parts;
}

/** @throws LatePartsMissing */
export function lateParts(): LateParts {
  if (!loaded) throw new LatePartsMissing();
  return loaded;
}
