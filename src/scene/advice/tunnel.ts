import type { Circumstances } from './circumstances.ts';
import { tooBigAdvice } from './path.ts';

/** What a tunnel's driver found: the kernel names no reason for any of it. @returns undefined where it was not a tunnel's doing. */
export function tunnelAdvice(its: Circumstances): string | undefined {
  const { step, here, device, source, destination } = its;
  const { because } = step;
  if (/that the tunnel to \S+ leaves/.test(because)) return tooBigAdvice(its);
  if (/^No IPIP device that is up/.test(because)) {
    return `bring ${device} of ${here} up again (ip link set ${device} up) and let the agent write its routes anew, which went with it`;
  }
  if (/among its allowed addresses$/.test(because)) {
    return `a peer of ${device} on ${here} must have ${destination ?? 'the destination'} among its allowed addresses: flanneld writes each node's subnet, so let it reconcile`;
  }
  if (/is not among the allowed addresses of the peer/.test(because)) {
    return `let its sender use an address of its node's own subnet (flanneld's masquerading does that for what the node itself sends), or allow the peer that address on ${here}`;
  }
  if (/does not know (?:yet )?where/.test(because)) {
    return `give the peer an endpoint on ${here}, or let it speak first: ${device} learns from that where it is`;
  }
  if (/has not answered \d+ handshakes|wait for a session already/.test(because)) {
    return `see whether the device is up at the other end, whether both ends have each other's public key, and whether anything between them takes WireGuard's UDP packets away`;
  }
  if (/public key/.test(because)) {
    return `both ends must have each other's present public key: flanneld publishes it in an annotation of the Node, so let it reconcile on ${here} and on ${source ?? 'the sender'}`;
  }
  if (/no session that the packet belongs to|does not open with the keys|waits for no such answer/.test(because)) {
    return `nothing is to be mended: ${here} has forgotten the session, and ${source ?? 'its sender'} begins another as soon as nothing has come back for fifteen seconds`;
  }
  if (/Geneve header|no WireGuard message|no whole IPv4 packet/.test(because)) {
    return `something else than the tunnel's packets is sent to ${device} of ${here}: find who does`;
  }
  return undefined;
}
