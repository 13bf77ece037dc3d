import { byFrame, firstStep, frameOf, packetOf } from './evidence.ts';
import { clientOf, podDevice, podRef, serviceRef } from './participants.ts';
import type { Surprise } from './surprise.ts';

export const bridgedService: Surprise = {
  id: 'bridged-service',
  group: 'Services',
  title: 'A Service without a router',
  saying: 'A request to a ClusterIP goes to the default gateway, which routes it to the endpoint.',
  truth:
    'With the endpoint on the same node the frame is readdressed in the bridge port and bridged on: same TTL, and the client’s own MAC as its source.',
  stage: (view) => {
    const cast = clientOf(view, 'same node');
    const mac = cast && podDevice(cast.client)?.mac;
    if (!cast || mac === undefined || !cast.client.on.bridgeNetfilter)
      return { missing: 'a Service with a Pod on its client’s node, and br_netfilter' };
    const { client, server, port, endpoint } = cast;
    return {
      commands: [],
      request: { from: podRef(client), to: serviceRef(cast, port), as: 'tcp', pick: endpoint },
      prove: (conversation) => {
        const sent = firstStep(conversation, 'originate', (_, { role }) => role === 'forward');
        const arrival = firstStep(
          conversation,
          'receive',
          ({ netns }, { role }) => netns === server.netns && role === 'forward',
        );
        const ttl = sent && packetOf(sent.step)?.ttl;
        if (!arrival || packetOf(arrival.step)?.ttl !== ttl || frameOf(arrival.step).source !== mac) return undefined;
        return byFrame(
          arrival.step,
          `${server.name} gets the SYN with a TTL of ${ttl} in a frame from ${mac}, the MAC of ${client.name}.`,
        );
      },
    };
  },
};
