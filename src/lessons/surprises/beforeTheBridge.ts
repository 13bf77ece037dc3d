import { byFrame, firstStep, packetOf } from './evidence.ts';
import { clientOf, deviceOf, podRef, serviceRef } from './participants.ts';
import type { Surprise } from './surprise.ts';

export const beforeTheBridge: Surprise = {
  id: 'before-the-bridge',
  group: 'Services',
  title: 'The bridge never sees the ClusterIP',
  saying: 'The packet for the Service crosses the bridge, and then the node’s kernel translates it.',
  truth:
    'br_netfilter runs PREROUTING inside the bridge port, before the bridge device receives anything: tcpdump there never shows the ClusterIP.',
  stage: (view) => {
    const cast = clientOf(view, 'other node');
    const bridge = cast && deviceOf(cast.client.on, 'bridge');
    if (!cast || !bridge) return { missing: 'a Service with a Pod on another node than its client, behind a bridge' };
    const { client, clusterIp, endpoint, port } = cast;
    return {
      commands: [],
      request: { from: podRef(client), to: serviceRef(cast, port), as: 'tcp', pick: endpoint },
      prove: (conversation) => {
        const left = firstStep(conversation, 'transmit', ({ netns }) => netns === client.netns);
        const met = firstStep(
          conversation,
          'receive',
          (step) => step.netns === client.on.netns && step.device === bridge.name && packetOf(step) !== undefined,
        );
        const seen = met && packetOf(met.step)?.destination;
        if (!left || !met || packetOf(left.step)?.destination !== clusterIp || seen !== cast.server.address)
          return undefined;
        return byFrame(
          met.step,
          `${client.name} sent it to ${clusterIp}; at ${bridge.name} of ${client.on.name} it already goes to ${seen}.`,
        );
      },
    };
  },
};
