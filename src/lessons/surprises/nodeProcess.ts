import { announcedMss, byFrame, firstStep, packetOf } from './evidence.ts';
import { addressOf, behindServices, deviceOf, serviceRef } from './participants.ts';
import type { Surprise } from './surprise.ts';

export const nodeProcess: Surprise = {
  id: 'node-process',
  group: 'Services',
  title: 'A node calls a Service',
  saying: 'A program on a node calls Services from the node’s address, with segments that fit the tunnel.',
  truth:
    'The route to the ClusterIP is the default route, so the socket announces segments for the node’s own MTU. Only then does nat turn the packet into the tunnel, where it takes the tunnel device’s address.',
  stage: (view) => {
    for (const cast of behindServices(view)) {
      const node = view.nodes.find((each) => each !== cast.server.on && deviceOf(each, 'vxlan'));
      const tunnel = node && deviceOf(node, 'vxlan');
      const own = addressOf(tunnel);
      if (!node || !tunnel || own === undefined) continue;
      return {
        commands: [],
        request: { from: `node/${node.name}`, to: serviceRef(cast, cast.port), as: 'tcp', pick: cast.endpoint },
        prove: (conversation) => {
          const syn = firstStep(
            conversation,
            'transmit',
            (step) => step.netns === node.netns && step.device === tunnel.name && announcedMss(step) !== undefined,
          );
          const mss = syn && announcedMss(syn.step);
          const source = syn && packetOf(syn.step)?.source;
          if (!syn || mss === undefined || mss + 40 <= tunnel.mtu || source !== own) return undefined;
          return byFrame(
            syn.step,
            `The SYN enters ${tunnel.name} (MTU ${tunnel.mtu}) from ${source} and announces segments of ${mss} bytes, ${mss + 40} with their headers.`,
          );
        },
      };
    }
    return { missing: 'a tunnel between nodes, and a Service with a Pod on another node' };
  },
};
