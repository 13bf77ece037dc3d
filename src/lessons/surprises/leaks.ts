import type { ClusterView } from '../../datamodel/cluster/view.ts';
import { byLine, firstStep, framesAt, packetOf } from './evidence.ts';
import { type Behind, clientOf, deviceOf, type Participant, podRef } from './participants.ts';
import type { Missing, Request, Staging, Surprise } from './surprise.ts';

export const wrongPort: Surprise = {
  id: 'wrong-port',
  group: 'Services',
  title: 'A port that the Service does not have',
  saying: 'Calling a ClusterIP on another port is refused, as on any server.',
  truth:
    'No rule knows that port, so the packet is routed like any other: out of the node, masqueraded, to the default gateway. Nobody answers.',
  stage: (view) =>
    leak(view, (cast) => ({
      from: podRef(cast.client),
      to: `${cast.clusterIp}:${unusedPort(cast)}`,
      as: 'tcp',
    })),
};

export const pingClusterIp: Surprise = {
  id: 'ping-cluster-ip',
  group: 'Services',
  title: 'Ping tells nothing about a Service',
  saying: 'If a Service is up, its ClusterIP answers ping.',
  truth:
    'With iptables rules a ClusterIP is a few rules for its ports and on no interface. An echo request matches none of them and leaves by the default gateway.',
  stage: (view) =>
    leak(view, ({ client, clusterIp }) => ({ from: podRef(client), to: clusterIp, as: 'ping', payload: '56' })),
};

type Cast = Behind & { readonly client: Participant };

/** What is sent to a ClusterIP past its rules, and leaves the cluster. */
function leak(view: ClusterView, request: (cast: Cast) => Request): Staging | Missing {
  const cast = clientOf(view, 'other node') ?? clientOf(view, 'same node');
  const uplink = cast && deviceOf(cast.client.on, 'physical');
  if (!cast || !uplink) return { missing: 'a Service with an endpoint, and a Pod to call it' };
  const { client, clusterIp } = cast;
  return {
    commands: [],
    request: request(cast),
    prove: (conversation) => {
      const route = firstStep(
        conversation,
        'route',
        ({ netns, purpose, destination, dev }) =>
          netns === client.on.netns && purpose === 'input' && destination === clusterIp && dev === uplink.name,
      );
      const left = firstStep(
        conversation,
        'transmit',
        (step) =>
          step.netns === client.on.netns && step.device === uplink.name && packetOf(step)?.destination === clusterIp,
      );
      const source = left && packetOf(left.step)?.source;
      if (!route || source !== client.on.address || conversation.outcomes[0]?.type === 'answered') return undefined;
      if (
        framesAt(conversation, client.netns, client.devices[0]?.name ?? '').some(({ direction }) => direction === 'in')
      )
        return undefined;
      return byLine(
        route.step,
        `This route takes it out of ${uplink.name} to ${route.step.via ?? 'the gateway'}, still addressed to ${clusterIp}, as if ${source} had sent it.`,
      );
    },
  };
}

function unusedPort({ service }: Behind): number {
  const used = new Set(service.ports.map(({ port }) => port));
  let port = 81;
  while (used.has(port)) port++;
  return port;
}
