import { byFrame, firstStep, frameOf, isArp } from './evidence.ts';
import { neighbours, podDevice, podRef } from './participants.ts';
import type { Surprise } from './surprise.ts';

export const ownBroadcast: Surprise = {
  id: 'own-broadcast',
  group: 'Bridge',
  title: 'A Pod hears itself ask',
  saying: 'A bridge never sends a frame back out of the port it came from.',
  truth:
    'flannel turns hairpin mode on at every port, so that a Pod can reach its own Service. A Pod’s own ARP request therefore comes back to it.',
  stage: (view) => {
    const pods = neighbours(view);
    const device = pods && podDevice(pods[0]);
    if (!pods || !device) return { missing: 'two Pods on one node' };
    const [from, to] = pods;
    return {
      commands: [{ netns: from.netns, line: `ip neigh flush dev ${device.name}` }],
      request: { from: podRef(from), to: podRef(to), as: 'ping', payload: '56', warm: false },
      prove: (conversation) => {
        const back = firstStep(
          conversation,
          'receive',
          (step) => step.netns === from.netns && isArp(step) && frameOf(step).source === device.mac,
        );
        return (
          back &&
          byFrame(
            back.step,
            `${device.name} of ${from.name} receives a frame from ${device.mac}, which is its own MAC.`,
          )
        );
      },
    };
  },
};
