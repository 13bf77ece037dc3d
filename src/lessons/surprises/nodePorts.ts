import type { ClusterView, DeviceView, NodeView } from '../../datamodel/cluster/view.ts';
import type { Conversation } from '../../datamodel/flow/trace.ts';
import { byLine, firstStep, packetOf, stepsOf } from './evidence.ts';
import { addressOf, type Behind, behindServices, deviceOf, participants, podRef } from './participants.ts';
import type { Proof, Surprise } from './surprise.ts';

export const tunnelSource: Surprise = {
  id: 'tunnel-source',
  group: 'NAT',
  title: 'A client called .0',
  saying: 'Through a NodePort the Pod sees the address of the node that was called.',
  truth:
    'It sees the address of that node’s tunnel device, the .0 of its Pod network: masquerading takes the address of the device that the packet leaves by.',
  stage: (view) => {
    const cast = entered(view, (node, { server }) => node !== server.on, 'vxlan');
    if (!cast) return { missing: 'a NodePort, a tunnel between nodes and a node without an endpoint' };
    return outsideCall(view, cast, ({ conversation, node, device, server, nodePort }) => {
      const seen = seenSource(conversation, server.netns);
      const masquerade = masqueradeOn(conversation, node);
      if (!masquerade || seen !== addressOf(device) || seen === node.address) return undefined;
      return byLine(
        masquerade.step,
        `Called at ${node.address}:${nodePort}, this rule makes the client ${seen}: the address of ${device.name}, not of ${node.name}.`,
      );
    });
  },
};

export const lostClient: Surprise = {
  id: 'lost-client',
  group: 'NAT',
  title: 'Lost although it was here',
  saying: 'If the node that is called has the Pod itself, the Pod sees the real client.',
  truth:
    'Policy Cluster masquerades whatever came to the NodePort, wherever the endpoint is. Here the Pod sees the bridge’s address.',
  stage: (view) => {
    const cast = entered(view, (node, { server }) => node === server.on, 'bridge');
    if (!cast) return { missing: 'a NodePort and a bridge' };
    return outsideCall(view, cast, ({ conversation, node, device, server }) => {
      const seen = seenSource(conversation, server.netns);
      const masquerade = masqueradeOn(conversation, node);
      const from = masquerade?.step.before.source;
      if (!masquerade || seen !== addressOf(device) || from === undefined) return undefined;
      return byLine(
        masquerade.step,
        `${from} called ${node.name}, which has ${server.name} itself; the Pod sees ${seen}, the address of ${device.name}.`,
      );
    });
  },
};

export const doubleSnat: Surprise = {
  id: 'double-snat',
  group: 'NAT',
  title: 'Masqueraded twice',
  saying: 'Traffic from a Pod stays with the Pod’s address inside the cluster.',
  truth:
    'A Pod that calls another node’s NodePort leaves its Pod network: its own node masquerades it to the node’s address, and the node that was called does so once more.',
  stage: (view) => {
    const cast = entered(view, (node, { server }) => node !== server.on);
    const client =
      cast &&
      participants(view).find(
        (pod) => pod.on !== cast.node && !cast.service.endpoints.some(({ address }) => address === pod.address),
      );
    if (!cast || !client) return { missing: 'a NodePort, and a Pod on another node than the one that is called' };
    const { node, nodePort, endpoint, server } = cast;
    return {
      commands: [],
      request: { from: podRef(client), to: `${node.address}:${nodePort}`, as: 'tcp', pick: endpoint },
      prove: (conversation) => {
        const [first, second] = stepsOf(
          conversation,
          'translate',
          ({ kind, by }, { label }) => kind === 'masquerade' && by === 'rule' && label === 'SYN',
        );
        const seen = seenSource(conversation, server.netns);
        if (first?.step.netns !== client.on.netns || second?.step.netns !== node.netns) return undefined;
        if (seen !== second.step.after.source) return undefined;
        return byLine(
          second.step,
          `${client.on.name} has made ${first.step.before.source} ${first.step.after.source}; this rule of ${node.name} makes that ${seen}.`,
        );
      },
    };
  },
};

type Entered = Behind & { readonly node: NodeView; readonly device: DeviceView; readonly nodePort: number };

/** A NodePort, one of the nodes that can be called, and the device of it that the packet leaves by. */
function entered(
  view: ClusterView,
  fits: (node: NodeView, behind: Behind) => boolean,
  kind: DeviceView['kind'] = 'physical',
): Entered | undefined {
  for (const behind of behindServices(view)) {
    const node = view.nodes.find((each) => fits(each, behind) && deviceOf(each, kind));
    const device = node && deviceOf(node, kind);
    const { nodePort } = behind;
    if (node && device && nodePort !== undefined) return { ...behind, node, device, nodePort };
  }
  return undefined;
}

function outsideCall(
  view: ClusterView,
  cast: Entered,
  prove: (cast: Entered & { readonly conversation: Conversation }) => Proof | undefined,
): ReturnType<Surprise['stage']> {
  const [host] = view.outside;
  if (!host) return { missing: 'a host outside the cluster' };
  return {
    commands: [],
    request: { from: host.address, to: `${cast.node.address}:${cast.nodePort}`, as: 'tcp', pick: cast.endpoint },
    prove: (conversation) => prove({ ...cast, conversation }),
  };
}

function masqueradeOn(conversation: Conversation, node: NodeView) {
  return firstStep(
    conversation,
    'translate',
    ({ netns, kind, by }) => netns === node.netns && kind === 'masquerade' && by === 'rule',
  );
}

/** The client's address as the Pod sees it. */
function seenSource(conversation: Conversation, server: string) {
  const arrival = firstStep(conversation, 'receive', (step, { role }) => step.netns === server && role === 'forward');
  return arrival && packetOf(arrival.step)?.source;
}
