import { byLine, firstStep, stepsOf } from './evidence.ts';
import { clientOf, podRef, serviceRef } from './participants.ts';
import type { Surprise } from './surprise.ts';

export const firstPacketOnly: Surprise = {
  id: 'first-packet-only',
  group: 'NAT',
  title: 'The rules are asked once',
  saying: 'kube-proxy’s rules translate every packet to a Service, so many Services make every packet slow.',
  truth:
    'Only a connection’s first packet walks the nat rules. All that follow are rewritten by one line of conntrack, however many rules there are.',
  stage: (view) => {
    const cast = clientOf(view, 'other node') ?? clientOf(view, 'same node');
    if (!cast) return { missing: 'a Service with an endpoint, and a Pod to call it' };
    const { client, port, endpoint } = cast;
    return {
      commands: [],
      request: { from: podRef(client), to: serviceRef(cast, port), as: 'tcp', payload: '2000', pick: endpoint },
      prove: (conversation) => {
        const walks = stepsOf(
          conversation,
          'hook',
          ({ netns, table, hook, pass }, { role }) =>
            netns === client.on.netns &&
            table === 'nat' &&
            hook === 'PREROUTING' &&
            pass !== 'tunnel' &&
            role === 'forward',
        );
        const later = stepsOf(
          conversation,
          'translate',
          ({ netns, kind, by }) => netns === client.on.netns && kind === 'dnat' && by === 'conntrack',
        );
        const rule = firstStep(conversation, 'translate', ({ kind, by }) => kind === 'dnat' && by === 'rule');
        const [second] = later;
        if (walks.length !== 1 || !rule || !second) return undefined;
        return byLine(
          second.step,
          `nat PREROUTING was walked once, by the ${walks[0]?.trace.label}; this line rewrote the other ${later.length} packets.`,
        );
      },
    };
  },
};
