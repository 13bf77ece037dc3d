import type { TransportName } from '../../../../datamodel/network/netfilter.ts';
import { IpProtocol } from '../../../../wire/ipv4.ts';
import type { Verdict } from '../programRun.ts';
import { accept } from './accept.ts';
import { deny, type EndpointRun } from './endpointRun.ts';
import { frontendEntry } from './entries.ts';
import { icmpReply } from './icmpReply.ts';
import { hasMark, SEEN } from './marks.ts';
import { natLookup } from './natLookup.ts';
import { canBeAnswered, isOwnAddress } from './reversePath.ts';
import { isLocalHost, isLocalWorkload, isRemoteWorkload, needsNatOutgoing, routeOf } from './routes.ts';

const PORT_UNREACHABLE = { type: 3, code: 3 } as const;
const TRANSPORTS: ReadonlyMap<number, TransportName> = new Map([
  [IpProtocol.tcp, 'tcp'],
  [IpProtocol.udp, 'udp'],
  [IpProtocol.sctp, 'sctp'],
]);

/** What no connection is known for: is a service meant, and may it come from where it comes? */
export function newConnection(run: EndpointRun): Verdict {
  const { at, packet, skb, paths } = run;
  const isSeen = hasMark(skb.meta.mark, SEEN);
  const transport = TRANSPORTS.get(packet.tuple.protocol);
  if (transport && (at.toHost || !isSeen)) {
    const refused = resolveService(run, transport);
    if (refused) return refused;
  }
  if (at.fromDevice && run.tunnelFrom === undefined && at.role !== 'natVeth' && !canBeAnswered(run)) {
    return deny(run, `there is no way back to ${packet.tuple.source}`);
  }
  const to = routeOf(run, paths.routes, run.target.address);
  if (at.fromWorkload) {
    if (!isOwnAddress(run)) return deny(run, `${packet.tuple.source} is not the Pod's address`);
    const from = routeOf(run, paths.routes, packet.tuple.source);
    if (from?.natOutgoing && needsNatOutgoing(to)) run.natOutgoing = true;
    if (!from?.inPool && to?.of === undefined) run.skipFib = true;
  }
  if (at.fromDevice && (to === undefined || (!to.local && !run.chosen && !isLocalHost(to)))) run.skipFib = true;
  if (at.toDevice && run.chosen && !isSeen) {
    if (isLocalWorkload(to)) run.turns = 'local';
    else if (isRemoteWorkload(to) && (at.role === 'loopback' || (at.role === 'host' && to?.tunneled)))
      run.turns = 'remote';
  }
  return accept(run);
}

/** @returns what became of the packet where there is nobody to send it to. */
function resolveService(run: EndpointRun, protocol: TransportName): Verdict | undefined {
  const { at, packet, kernel, paths, lookup, tunnelFrom } = run;
  const { source, sourcePort, destination, destinationPort } = packet.tuple;
  const answer = natLookup(
    kernel,
    paths,
    {
      source,
      destination: { address: destination, port: destinationPort },
      protocol,
      anyNode: at.fromWorkload || at.toDevice,
      fromTunnel: tunnelFrom !== undefined,
      fromDevice: at.fromDevice,
      flow: `${source}:${sourcePort}`,
    },
    lookup,
  );
  if (!answer) return undefined;
  const { frontend } = answer;
  const told = { service: frontend.id, entry: frontendEntry(kernel, frontend) };
  if (answer.type !== 'backend') {
    return answer.type === 'forbidden'
      ? deny(run, `${source} is in none of the service's source ranges`, told)
      : icmpReply(run, PORT_UNREACHABLE, { ...told, note: 'the service has no backend here' });
  }
  const { address, port } = answer.backend;
  run.target = { address, port };
  run.chosen = { frontend, ordinal: answer.ordinal, backend: run.target };
  return undefined;
}
