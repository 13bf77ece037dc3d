import { byFrame, firstStep, framesAt } from './evidence.ts';
import { innerPacketOf } from './innerPacket.ts';
import { apart, deviceOf, podRef } from './participants.ts';
import { narrowPath } from './raisedMtu.ts';
import type { Surprise } from './surprise.ts';

export const cutOutside: Surprise = {
  id: 'cut-outside',
  group: 'MTU',
  title: 'Cut in spite of “do not fragment”',
  saying: 'A packet with “do not fragment” is never cut; its sender is told instead.',
  truth:
    'The tunnel does not copy the flag to its outer packet. On a network that is narrower than the tunnel expects, the outer packet is cut and put together again, and the Pods notice nothing.',
  stage: (view) => {
    const pods = apart(view);
    const path = pods && narrowPath(pods[0]);
    const from = pods?.[0];
    const to = pods?.[1];
    const here = from && deviceOf(from.on, 'physical');
    const there = to && deviceOf(to.on, 'physical');
    if (!from || !to || !path || !here || !there) return { missing: 'Pods on two nodes, and a tunnel between these' };
    const narrowed = path.wide - 100;
    return {
      commands: [
        { netns: from.on.netns, line: `ip link set ${here.name} mtu ${narrowed}` },
        { netns: to.on.netns, line: `ip link set ${there.name} mtu ${narrowed}` },
      ],
      request: {
        from: podRef(from),
        to: podRef(to),
        as: 'ping',
        payload: String(Math.min(path.fits, view.podMtu) - 28),
        pathMtuDiscovery: 'do',
      },
      prove: (conversation) => {
        const cut = firstStep(
          conversation,
          'fragment',
          ({ netns, pass }) => netns === from.on.netns && pass === 'tunnel',
        );
        const inner = cut && innerPacketOf(cut.step);
        const whole = framesAt(conversation, to.netns, 'eth0').some(({ direction }) => direction === 'in');
        if (!cut || !inner?.dontFragment || !whole || conversation.outcomes[0]?.type !== 'answered') return undefined;
        return byFrame(
          cut.step,
          `The packet inside says “do not fragment”; the one around it does not, and becomes ${cut.step.pieces.join(' + ')} bytes.`,
        );
      },
    };
  },
};
