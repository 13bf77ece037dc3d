import { installSctpDissector } from '../wire/dissect/installSctp.ts';
import { startSctp } from './linux/sctp/client.ts';
import { SctpListener } from './linux/sctp/listener.ts';
import { loadSctp } from './linux/sctp/module.ts';
import { sctpReceive } from './linux/sctp/receive.ts';
import { trackSctp } from './linux/sctp/tracker.ts';

/** Brings SCTP to every kernel, and the programs that speak it. */
export function installSctp(): void {
  installSctpDissector();
  loadSctp({
    track: trackSctp,
    receive: sctpReceive,
    openListener: (kernel, listener, name) =>
      new SctpListener(kernel, listener, `server ${name}`, (message, { address, port }) =>
        new TextEncoder().encode(`pod=${name} saw=${address}:${port} got=${message.length}\n`),
      ),
    startClient: startSctp,
  });
}
