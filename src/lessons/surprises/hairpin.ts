import type { ClusterView, DeviceView } from '../../datamodel/cluster/view.ts';
import { byFrame, firstStep, frameOf, packetOf } from './evidence.ts';
import { addressOf, type Behind, behindServices, deviceOf, podRef, serviceRef } from './participants.ts';
import type { Surprise } from './surprise.ts';

export const hairpin: Surprise = {
  id: 'hairpin',
  group: 'Services',
  title: 'A letter to oneself',
  saying: 'A Pod that calls its own Service sees its own address as the client.',
  truth:
    'It sees its node’s bridge: the flow is masqueraded so that the answer comes back to be un-NATed. The frame leaves by the port it came from, with one MAC as source and destination.',
  stage: (view) => {
    const cast = behindItself(view);
    if (!cast) return { missing: 'a Pod behind a Service, br_netfilter and a bridge' };
    const { server, port, endpoint, bridge } = cast;
    return {
      commands: [],
      request: { from: podRef(server), to: serviceRef(cast, port), as: 'tcp', pick: endpoint },
      prove: (conversation) => {
        const back = firstStep(
          conversation,
          'transmit',
          (step, { role }) => step.netns === server.on.netns && step.device === server.hostDevice && role === 'forward',
        );
        if (!back) return undefined;
        const { source, destination } = frameOf(back.step);
        const from = packetOf(back.step)?.source;
        if (source !== destination || from !== addressOf(bridge)) return undefined;
        return byFrame(
          back.step,
          `The frame goes from ${source} to ${destination}, the same MAC, and the client’s address has become ${from}, ${bridge.name}’s.`,
        );
      },
    };
  },
};

/** A Service's endpoint on a node whose bridge asks iptables. */
function behindItself(view: ClusterView): (Behind & { readonly bridge: DeviceView }) | undefined {
  for (const behind of behindServices(view)) {
    const bridge = deviceOf(behind.server.on, 'bridge');
    if (bridge && behind.server.on.bridgeNetfilter) return { ...behind, bridge };
  }
  return undefined;
}
