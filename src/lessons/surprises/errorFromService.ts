import { byFrame, firstStep, icmpErrorOf } from './evidence.ts';
import { clientOf, podRef, serviceRef } from './participants.ts';
import { narrowPath, raiseAll, raisePod } from './raisedMtu.ts';
import type { Surprise } from './surprise.ts';

export const errorFromService: Surprise = {
  id: 'error-from-service',
  group: 'MTU',
  title: 'The Service complains',
  saying: '“Fragmentation needed” comes from the router with the small MTU.',
  truth:
    'The router sends it, but conntrack translates errors too: the client gets it from the ClusterIP, which exists nowhere, and the packet quoted in it is addressed to the ClusterIP again.',
  stage: (view) => {
    const cast = clientOf(view, 'other node');
    const path = cast && narrowPath(cast.client);
    if (!cast || !path) return { missing: 'a Service with a Pod on another node than its client, behind a tunnel' };
    const { client, server, clusterIp, port, endpoint } = cast;
    return {
      commands: [...raiseAll(client, path.wide), ...raisePod(server, path.wide)],
      request: { from: podRef(client), to: serviceRef(cast, port), as: 'tcp', payload: '4000', pick: endpoint },
      prove: (conversation) => {
        const error = firstStep(
          conversation,
          'receive',
          (step, { role }) => step.netns === client.netns && role === 'error',
        );
        const read = error && icmpErrorOf(error.step);
        if (!error || read?.icmp.type !== 3 || read.icmp.code !== 4) return undefined;
        if (read.ip.source !== clusterIp || read.quote.destination !== clusterIp) return undefined;
        return byFrame(
          error.step,
          `ICMP 3/4, MTU ${read.icmp.nextHopMtu}, from ${read.ip.source}; it quotes a packet to ${read.quote.destination}, not to ${server.address}.`,
        );
      },
    };
  },
};
