import type { Listener } from '../../../datamodel/network/listener.ts';
import type { Kernel, Socket, Sockets } from '../kernel.ts';
import { lateParts } from '../lateParts.ts';
import { SocketTable } from '../socket/table.ts';
import { healthSocket } from './healthCheck.ts';
import { identifySocket } from './identify.ts';

/** The sockets of a namespace whose programs have just started. `kernel` is asked only when a packet comes. */
export function bootSockets(listeners: readonly Listener[], kernel: () => Kernel): Sockets {
  return new SocketTable(listeners, (listener) => openListener(kernel(), listener));
}

function openListener(kernel: Kernel, listener: Listener): Socket {
  const { program } = listener;
  switch (program.type) {
    case 'identify':
      return identifySocket(kernel, listener, program.name);
    case 'health':
      return healthSocket(kernel, listener, program);
    case 'dns':
      return lateParts().dnsSocket(kernel, listener, program.zone);
  }
}
