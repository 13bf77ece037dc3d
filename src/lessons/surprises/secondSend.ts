import { byFrame, firstStep } from './evidence.ts';
import { apart, podRef } from './participants.ts';
import { narrowPath, raiseAll } from './raisedMtu.ts';
import type { Surprise } from './surprise.ts';

export const secondSend: Surprise = {
  id: 'second-send',
  group: 'MTU',
  title: 'The second send fails at home',
  saying: 'Path MTU discovery is a matter between routers and TCP.',
  truth:
    'The Pod’s kernel keeps what the ICMP error said in its route cache. The next send of that size fails in the Pod itself with EMSGSIZE, and nothing leaves.',
  stage: (view) => {
    const pods = apart(view);
    const path = pods && narrowPath(pods[0]);
    if (!pods || !path) return { missing: 'Pods on two nodes, and a tunnel between these' };
    const [from, to] = pods;
    return {
      commands: raiseAll(from, path.wide),
      request: {
        from: podRef(from),
        to: podRef(to),
        as: 'ping',
        payload: String(path.wide - 28),
        pathMtuDiscovery: 'do',
        repeat: '2',
      },
      prove: (conversation) => {
        const error = firstStep(conversation, 'drop', ({ icmp }) => icmp?.type === 3 && icmp.code === 4);
        const own = firstStep(
          conversation,
          'drop',
          ({ netns, entry }) => netns === from.netns && entry?.table === 'pathMtu',
        );
        if (!error || !own || own.trace.hops.length !== 1) return undefined;
        if (conversation.outcomes[1]?.type !== 'message-too-long') return undefined;
        return byFrame(
          own.step,
          `The first packet drew ICMP 3/4, MTU ${error.step.icmp?.mtu}, on ${from.on.name}; the second never leaves ${from.name}.`,
        );
      },
    };
  },
};
