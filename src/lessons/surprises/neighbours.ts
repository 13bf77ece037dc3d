import type { ClusterView } from '../../datamodel/cluster/view.ts';
import { addressAt, familyOf, type IpAddress, parseIpPrefix } from '../../wire/address.ts';
import { byFrame, byLine, firstStep, framesAt, icmpErrorOf, isArp, stepsOf } from './evidence.ts';
import { addressOf, deviceOf, type Participant, podRef } from './participants.ts';
import type { Missing, Surprise } from './surprise.ts';
import { acrossTunnel } from './tunnel.ts';

const NO_TUNNEL: Missing = { missing: 'Pods on two nodes, and a VXLAN tunnel between these' };

export const noSuchPod: Surprise = {
  id: 'no-such-pod',
  group: 'ARP and neighbours',
  title: 'Three questions, then an answer',
  saying: 'A packet to an address that no Pod has is lost, and its sender waits for ever.',
  truth:
    'The last node asks for the address three times, a second apart, and then says “host unreachable” from its tunnel device’s address.',
  stage: (view) => {
    const cast = acrossTunnel(view);
    const nobody = cast && freeAddress(view, cast.to);
    if (!cast || nobody === undefined) return NO_TUNNEL;
    const { from, to, far } = cast;
    return {
      commands: [],
      request: { from: podRef(from), to: nobody, as: 'ping', payload: '56' },
      prove: (conversation) => {
        const questions = stepsOf(
          conversation,
          'originate',
          (step, { label }) => step.netns === to.on.netns && isArp(step) && label.endsWith(nobody),
        );
        const drop = firstStep(
          conversation,
          'drop',
          ({ netns, reason }) => netns === to.on.netns && reason === 'NEIGH_FAILED',
        );
        const error = firstStep(
          conversation,
          'receive',
          (step, { role }) => step.netns === from.netns && role === 'error',
        );
        const read = error && icmpErrorOf(error.step);
        if (!error || !drop || questions.length !== 3 || read?.icmp.type !== 3 || read.icmp.code !== 1)
          return undefined;
        if (read.ip.source !== addressOf(far)) return undefined;
        const seconds = (error.step.time - conversation.start) / 1e9;
        return byLine(
          drop.step,
          `${to.on.name} asked ${questions.length} times for ${nobody}; after ${seconds.toFixed(1)} s ICMP 3/1 comes from ${read.ip.source}.`,
        );
      },
    };
  },
};

export const askedInVain: Surprise = {
  id: 'asked-in-vain',
  group: 'ARP and neighbours',
  title: 'A broadcast that goes nowhere',
  saying: 'If a neighbour is not known, ARP finds it.',
  truth:
    'Not through flannel’s tunnel: it has no entry for broadcasts. Without the permanent neighbour that flanneld wrote, the questions appear on the tunnel device and reach nobody.',
  stage: (view) => {
    const cast = acrossTunnel(view);
    const gateway = addressOf(cast?.far);
    const uplink = cast && deviceOf(cast.from.on, 'physical');
    if (!cast || gateway === undefined || !uplink) return NO_TUNNEL;
    const { from, to, near } = cast;
    return {
      commands: [{ netns: from.on.netns, line: `ip neigh del ${gateway} dev ${near.name}` }],
      request: { from: podRef(from), to: podRef(to), as: 'ping', payload: '56' },
      prove: (conversation) => {
        const questions = stepsOf(
          conversation,
          'transmit',
          (step) => step.netns === from.on.netns && step.device === near.name && isArp(step),
        );
        const [first] = questions;
        const left = framesAt(conversation, from.on.netns, uplink.name).length > 0;
        if (!first || left || conversation.outcomes[0]?.type !== 'unreachable') return undefined;
        return byFrame(
          first.step,
          `${near.name} of ${from.on.name} shows ${questions.length} ARP requests for ${gateway}, and ${uplink.name} not a single frame.`,
        );
      },
    };
  },
};

export const routerNobodyKnows: Surprise = {
  id: 'router-nobody-knows',
  group: 'ARP and neighbours',
  title: 'A router called .0',
  saying: 'traceroute between Pods shows the nodes’ addresses.',
  truth:
    'Each hop answers from the device that the answer leaves by: the own node from its bridge, the other one from its tunnel device, the .0 of its Pod network.',
  stage: (view) => {
    const cast = acrossTunnel(view);
    if (!cast) return NO_TUNNEL;
    const { from, to, far } = cast;
    return {
      commands: [],
      request: { from: podRef(from), to: podRef(to), as: 'ping', payload: '56', ttl: '2' },
      prove: (conversation) => {
        const error = firstStep(
          conversation,
          'receive',
          (step, { role }) => step.netns === from.netns && role === 'error',
        );
        const read = error && icmpErrorOf(error.step);
        if (!error || read?.icmp.type !== 11 || read.ip.source !== addressOf(far) || read.ip.source === to.on.address)
          return undefined;
        return byFrame(
          error.step,
          `“Time to live exceeded” comes from ${read.ip.source}, ${far.name} of ${to.on.name}; the node itself is ${to.on.address}.`,
        );
      },
    };
  },
};

/** An address of the node's Pod network that nobody has; not the first few, which bridge and tunnel have. */
function freeAddress(view: ClusterView, { on }: Participant): IpAddress | undefined {
  const prefix = parseIpPrefix(on.podCidr ?? '');
  if (!prefix || prefix.length > 28 || familyOf(prefix.address) !== 'IPv4') return undefined;
  const used = new Set<string | undefined>(view.pods.map(({ address }) => address));
  for (let index = 2 ** (32 - prefix.length) - 2; index > 2; index--) {
    const address = addressAt(prefix, index);
    if (!used.has(address)) return address;
  }
  return undefined;
}
