import { byLine, firstStep } from './evidence.ts';
import { participants, podRef } from './participants.ts';
import type { Surprise } from './surprise.ts';

export const randomFully: Surprise = {
  id: 'random-fully',
  group: 'NAT',
  title: 'A new port every time',
  saying: 'Masquerading keeps the source port, unless it is taken.',
  truth:
    'kube-proxy and flannel ask for --random-fully: the port is drawn anew for every flow, from 1024 to 65535, though nobody else uses it.',
  stage: (view) => {
    const [host] = view.outside;
    const [client] = participants(view);
    if (!host || !client) return { missing: 'a Pod, and a host outside the cluster' };
    if (!view.settings.randomFully) return { missing: 'the setting --random-fully, which is off' };
    return {
      commands: [],
      request: { from: podRef(client), to: host.address, as: 'udp', port: '9000', payload: '32' },
      prove: (conversation) => {
        const masquerade = firstStep(
          conversation,
          'translate',
          ({ netns, kind, by }) => netns === client.on.netns && kind === 'masquerade' && by === 'rule',
        );
        const before = masquerade?.step.before.sourcePort;
        const after = masquerade?.step.after.sourcePort;
        if (!masquerade || before === after) return undefined;
        return byLine(
          masquerade.step,
          `Port ${before} becomes ${after}, though ${before} is free on ${client.on.name}.`,
        );
      },
    };
  },
};
