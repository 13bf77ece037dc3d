import { byFrame, firstStep, packetOf } from './evidence.ts';
import { neighbours, podRef } from './participants.ts';
import type { Surprise } from './surprise.ts';

export const ttlOne: Surprise = {
  id: 'ttl-one',
  group: 'Bridge',
  title: 'A TTL of 1 is enough',
  saying: 'The node routes between its Pods, so each packet costs a hop.',
  truth:
    'Pods behind one bridge are neighbours: a packet with a TTL of 1 arrives and is answered, for no router lies between.',
  stage: (view) => {
    const pods = neighbours(view);
    if (!pods) return { missing: 'two Pods on one node' };
    const [from, to] = pods;
    return {
      commands: [],
      request: { from: podRef(from), to: podRef(to), as: 'ping', payload: '56', ttl: '1' },
      prove: (conversation) => {
        const arrival = firstStep(
          conversation,
          'receive',
          ({ netns }, { role }) => netns === to.netns && role === 'forward',
        );
        if (!arrival || packetOf(arrival.step)?.ttl !== 1 || conversation.outcomes[0]?.type !== 'answered')
          return undefined;
        return byFrame(arrival.step, `The packet arrives at ${to.name} with a TTL of 1, as it left, and is answered.`);
      },
    };
  },
};
