import { announcedMss, byFrame, firstStep, packetOf, stepsOf } from './evidence.ts';
import { apart, podRef } from './participants.ts';
import { narrowPath, raisePod } from './raisedMtu.ts';
import type { Surprise } from './surprise.ts';

export const podOnlyMtu: Surprise = {
  id: 'pod-only-mtu',
  group: 'MTU',
  title: 'Too big, and nobody says so',
  saying: 'A packet that is too big is answered with ICMP, so that its sender learns the path’s MTU.',
  truth:
    'Only routers answer. With a larger MTU in the Pod than at the other end of its veth, the veth itself throws the frame away: no ICMP, no trace anywhere else.',
  stage: (view) => {
    const pods = apart(view);
    const path = pods && narrowPath(pods[0]);
    if (!pods || !path) return { missing: 'Pods on two nodes, and a tunnel between these' };
    const [from, to] = pods;
    return {
      commands: raisePod(from, path.wide),
      request: { from: podRef(from), to: podRef(to), as: 'ping', payload: String(path.wide - 28) },
      prove: (conversation) => {
        const drop = firstStep(conversation, 'drop', (step) => step.netns === from.netns && step.icmp === undefined);
        const errors = conversation.traces.filter(({ role }) => role === 'error');
        const seen = stepsOf(conversation, 'receive', ({ netns }) => netns === from.on.netns);
        const length = drop && packetOf(drop.step)?.totalLength;
        if (!drop || errors.length > 0 || seen.length > 0 || length !== path.wide) return undefined;
        return byFrame(
          drop.step,
          `The ${length} bytes end between ${from.name} and ${from.hostDevice}; ${from.on.name} sees nothing and no ICMP is sent.`,
        );
      },
    };
  },
};

export const savedByMss: Surprise = {
  id: 'saved-by-mss',
  group: 'MTU',
  title: 'Big pings die, HTTP works',
  saying: 'If uploads work, the MTU is right.',
  truth:
    'TCP sends segments as small as the other side asked for in its SYN-ACK. The same wrong MTU that swallows large datagrams stays hidden from every TCP test.',
  stage: (view) => {
    const pods = apart(view);
    const path = pods && narrowPath(pods[0]);
    const port = pods?.[1].ports.find(({ protocol }) => protocol === 'TCP')?.port;
    if (!pods || !path || port === undefined)
      return { missing: 'Pods on two nodes, one of them with a TCP port, and a tunnel between these' };
    const [from, to] = pods;
    return {
      commands: raisePod(from, path.wide),
      request: { from: podRef(from), to: `${podRef(to)}:${port}`, as: 'tcp', payload: '4000' },
      prove: (conversation) => {
        const answer = firstStep(
          conversation,
          'receive',
          (step, { role }) => step.netns === from.netns && role === 'reply' && announcedMss(step) !== undefined,
        );
        const own = firstStep(conversation, 'originate', (step) => announcedMss(step) !== undefined);
        const mss = answer && announcedMss(answer.step);
        const said = own && announcedMss(own.step);
        const dropped = conversation.traces.some(({ disposition }) => disposition.type === 'dropped');
        if (!answer || mss === undefined || said === undefined || mss >= said || dropped) return undefined;
        if (conversation.outcomes[0]?.type !== 'answered') return undefined;
        return byFrame(
          answer.step,
          `${from.name} offered segments of ${said} bytes, this SYN-ACK asks for ${mss}: none of them was ever too big.`,
        );
      },
    };
  },
};
