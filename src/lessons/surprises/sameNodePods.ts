import { byLine, firstStep, framesAt, packetOf, stepsOf } from './evidence.ts';
import { deviceOf, neighbours, podRef } from './participants.ts';
import type { Surprise } from './surprise.ts';

export const sameNodePods: Surprise = {
  id: 'same-node-pods',
  group: 'Bridge',
  title: 'Bridged, yet filtered',
  saying: 'Two Pods of one node talk through the bridge: layer 2, no iptables.',
  truth:
    'No router touches the packet, and the bridge’s own tap does not even see it. Still the nat and filter hooks run, because br_netfilter calls iptables from inside the bridge port.',
  stage: (view) => {
    const pods = neighbours(view);
    const bridge = pods && deviceOf(pods[0].on, 'bridge');
    if (!pods || !bridge) return { missing: 'two Pods on one node, behind a bridge' };
    const [from, to] = pods;
    return {
      commands: [],
      request: { from: podRef(from), to: podRef(to), as: 'ping', payload: '56' },
      prove: (conversation) => {
        const arrival = firstStep(
          conversation,
          'receive',
          ({ netns }, { role }) => netns === to.netns && role === 'forward',
        );
        const ttl = arrival && packetOf(arrival.step)?.ttl;
        const sent = firstStep(conversation, 'originate', (_, { role }) => role === 'forward');
        const rule = stepsOf(
          conversation,
          'rule',
          ({ pass, table, chain, hook }) =>
            pass === 'bridge' && table === 'filter' && hook === 'FORWARD' && chain !== 'FORWARD',
        )[0];
        if (!rule || ttl === undefined || ttl !== (sent && packetOf(sent.step)?.ttl)) return undefined;
        if (framesAt(conversation, from.on.netns, bridge.name).length > 0) return undefined;
        return byLine(
          rule.step,
          `${bridge.name} saw no frame and the TTL at the receiver is still ${ttl}; this filter rule let it pass all the same.`,
        );
      },
    };
  },
};
