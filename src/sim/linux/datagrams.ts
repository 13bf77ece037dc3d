import type { Listener } from '../../datamodel/network/listener.ts';
import type { RejectWith } from '../../datamodel/network/netfilter.ts';
import type { Kernel, Socket, Stack } from './kernel.ts';
import type { ClientTask } from './program/client.ts';
import type { Resolution } from './program/resolver.ts';
import type { Skb } from './skb.ts';

/** All of a kernel, and of its programs, that whole TCP segments do without: ICMP, UDP, names, fragments, refusals. */
export interface Datagrams {
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
  startPing(task: ClientTask): void;
  startUdp(task: ClientTask): void;
  resolveName(kernel: Kernel, name: string, done: (resolution: Resolution) => void): void;
}

/** A run needs what has not been loaded yet: once it has been, the same run goes through. */
export class DatagramsMissing extends Error {
  constructor() {
    super('ICMP, UDP and fragments cannot be simulated before what does it has been loaded');
  }
}

let loaded: Datagrams | undefined;

/** To be called before the first run that is more than TCP without losses. */
export function loadDatagrams(datagrams: Datagrams): void {
  loaded = datagrams;
}

/** @throws DatagramsMissing */
export function datagrams(): Datagrams {
  if (!loaded) throw new DatagramsMissing();
  return loaded;
}
