import { byLine, firstStep } from './evidence.ts';
import { participants, podRef } from './participants.ts';
import type { Surprise } from './surprise.ts';

export const noEndpoints: Surprise = {
  id: 'no-endpoints',
  group: 'Services',
  title: 'Refused without a RST',
  saying: 'A Service without endpoints swallows connections, or resets them.',
  truth:
    'Not even a SYN leaves the node: a filter rule rejects it with ICMP “port unreachable”, and connect() fails at once, as if a closed port had answered.',
  stage: (view) => {
    const service = view.services.find(
      ({ clusterIp, endpoints, ports }) =>
        clusterIp !== undefined &&
        !endpoints.some(({ ready }) => ready) &&
        ports.some(({ protocol }) => protocol === 'TCP'),
    );
    const [client] = participants(view);
    if (!service || !client) return { missing: 'a Service that has a ClusterIP and no endpoints' };
    const port = service.ports.find(({ protocol }) => protocol === 'TCP')?.port ?? 80;
    const name = service.namespace === 'default' ? service.name : `${service.namespace}/${service.name}`;
    return {
      commands: [],
      request: { from: podRef(client), to: `svc/${name}:${port}`, as: 'tcp' },
      prove: (conversation) => {
        const drop = firstStep(
          conversation,
          'drop',
          ({ netns, icmp }) => netns === client.on.netns && icmp !== undefined,
        );
        const { icmp } = drop?.step ?? {};
        if (!drop || icmp?.type !== 3 || icmp.code !== 3 || conversation.outcomes[0]?.type !== 'refused')
          return undefined;
        return byLine(
          drop.step,
          `This rule rejects the SYN with ICMP ${icmp.type}/${icmp.code}; the program is told “connection refused”.`,
        );
      },
    };
  },
};
