import type { Listener } from '../../../datamodel/network/listener.ts';
import type { Kernel, Socket } from '../kernel.ts';
import { UdpServerSocket } from '../socket/udp.ts';
import { identity } from './identify.ts';
import { THINKING_TIME } from './pace.ts';

/** The server that says who it is, for datagrams: one line for each. */
export function identifyDatagrams(kernel: Kernel, listener: Listener, name: string): Socket {
  return new UdpServerSocket(kernel, listener, `server ${name}`, (payload, from, reply) => {
    const line = identity(name, from, payload.length);
    kernel.world.queue.schedule(THINKING_TIME, () => reply(new TextEncoder().encode(line)));
  });
}
