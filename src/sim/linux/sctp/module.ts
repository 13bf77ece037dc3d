import type { Listener } from '../../../datamodel/network/listener.ts';
import type { Kernel, Socket } from '../kernel.ts';
import type { Connection } from '../netfilter/connection.ts';
import type { PacketAt, Tracked } from '../netfilter/tcpTracker.ts';
import type { ClientTask } from '../program/client.ts';
import type { Skb } from '../skb.ts';

/** What `modprobe sctp` brings, and the programs that speak it: hardly anybody needs it, and a page opens without. */
export interface SctpModule {
  track(kernel: Kernel, connection: Connection, packet: PacketAt): Tracked;
  receive(kernel: Kernel, skb: Skb): void;
  openListener(kernel: Kernel, listener: Listener, name: string): Socket;
  startClient(task: ClientTask): void;
}

let loaded: SctpModule | undefined;

/** To be called before the first packet of a cluster in which somebody may speak SCTP. */
export function loadSctp(module: SctpModule): void {
  loaded = module;
}

/** @returns undefined where nobody has loaded it: the kernel does not know the protocol then. */
export function sctpModule(): SctpModule | undefined {
  return loaded;
}
