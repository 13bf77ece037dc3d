import { translateSocket } from '../ebpf/programs.ts';
import type { SocketNote } from '../ebpf/socketTranslation.ts';
import type { Kernel, World } from '../kernel.ts';
import type { Door } from './arrival.ts';
import type { NewConnection } from './firstPacket.ts';

/** What became of a connect() before there was a packet. */
export interface Called {
  /** The connection as it leaves the socket; undefined: the call fails. */
  readonly connection: NewConnection | undefined;
  readonly note?: SocketNote;
}

/** Whose programs see the call: this host's own, or those of the Pod at the other end of a veth; nobody's from elsewhere. */
export function callerOf(world: World, kernel: Kernel, source: NewConnection['source'], door: Door | undefined) {
  if (kernel.fib.addressType(source) === 'LOCAL') return kernel;
  return door?.link.kind === 'veth' ? world.kernel(door.link.peer.netns) : undefined;
}

/** Lets the programs of the caller's cgroup have their say about a connection's destination. */
export function callConnect(caller: Kernel | undefined, connection: NewConnection): Called {
  const { protocol, destination: address, destinationPort: port } = connection;
  if (caller === undefined || protocol === 'sctp') return { connection };
  const said = translateSocket(caller, 'cgroup/connect4', protocol, { address, port });
  if (said === undefined) return { connection };
  if ('refused' in said) return { connection: undefined, note: said.refused };
  const { backend, note } = said;
  return { connection: { ...connection, destination: backend.address, destinationPort: backend.port }, note };
}
