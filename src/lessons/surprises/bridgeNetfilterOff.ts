import { byFrame, firstStep, packetOf } from './evidence.ts';
import { clientOf, podRef, serviceRef } from './participants.ts';
import type { Surprise } from './surprise.ts';

export const bridgeNetfilterOff: Surprise = {
  id: 'bridge-netfilter-off',
  group: 'Services',
  title: 'An answer from a stranger',
  saying: 'bridge-nf-call-iptables only slows bridging down; Services do not need it.',
  truth:
    'Without it the request is still routed and translated, but the answer is bridged from Pod to Pod and nothing restores the Service’s address. The client does not know who that is, and resets.',
  stage: (view) => {
    const cast = clientOf(view, 'same node');
    if (!cast) return { missing: 'a Service with a Pod on its client’s node' };
    const { client, server, clusterIp, port, endpoint } = cast;
    return {
      commands: [{ netns: client.on.netns, line: 'sysctl -w net.bridge.bridge-nf-call-iptables=0' }],
      request: { from: podRef(client), to: serviceRef(cast, port), as: 'tcp', pick: endpoint },
      prove: (conversation) => {
        const answer = firstStep(
          conversation,
          'receive',
          (step, { role }) =>
            step.netns === client.netns && role === 'reply' && packetOf(step)?.source === server.address,
        );
        const reset = firstStep(
          conversation,
          'originate',
          ({ netns, what }) => netns === client.netns && /^RST/.test(what),
        );
        if (!answer || !reset || conversation.outcomes[0]?.type === 'answered') return undefined;
        return byFrame(
          answer.step,
          `${client.name} called ${clusterIp}, but this answer comes from ${server.address}; its kernel sends a RST and goes on waiting.`,
        );
      },
    };
  },
};
