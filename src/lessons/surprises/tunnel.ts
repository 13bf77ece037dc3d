import type { ClusterView, DeviceView } from '../../datamodel/cluster/view.ts';
import { readU16 } from '../../wire/octets.ts';
import { byFrame, byLine, firstStep, framesAt, packetOf } from './evidence.ts';
import { innerPacketOf } from './innerPacket.ts';
import { apart, deviceOf, type Participant, podDevice, podRef } from './participants.ts';
import type { Missing, Surprise } from './surprise.ts';

const NO_TUNNEL: Missing = { missing: 'Pods on two nodes, and a VXLAN tunnel between these' };

export const fiftyBytes: Surprise = {
  id: 'fifty-bytes',
  group: 'Tunnel',
  title: 'Which 50 bytes?',
  saying: 'VXLAN costs 50 bytes: the outer Ethernet, IP, UDP and VXLAN headers.',
  truth:
    'The MTU does not count the outer Ethernet header. What is counted is the inner one, carried whole: IP 20 + UDP 8 + VXLAN 8 + inner Ethernet 14.',
  stage: (view) => {
    const cast = acrossTunnel(view);
    if (!cast) return NO_TUNNEL;
    const { from, to } = cast;
    return {
      commands: [],
      request: { from: podRef(from), to: podRef(to), as: 'ping', payload: String(view.podMtu - 28) },
      prove: (conversation) => {
        const put = firstStep(conversation, 'encapsulate', ({ netns }) => netns === from.on.netns);
        const outer = put && packetOf(put.step)?.totalLength;
        const inner = put && innerPacketOf(put.step)?.totalLength;
        if (!put || outer === undefined || inner === undefined || outer - inner !== put.step.overhead) return undefined;
        return byFrame(
          put.step,
          `A packet of ${inner} bytes is carried by one of ${outer}, with its own Ethernet header inside and none outside yet.`,
        );
      },
    };
  },
};

export const notThePodsMac: Surprise = {
  id: 'not-the-pods-mac',
  group: 'Tunnel',
  title: 'Whose MAC is in the tunnel?',
  saying: 'VXLAN stretches layer 2: the frame inside is addressed to the other Pod.',
  truth:
    'It is addressed to the other node’s tunnel device, which routes once more. flanneld wrote that neighbour down; nothing is learned.',
  stage: (view) => {
    const cast = acrossTunnel(view);
    if (!cast) return NO_TUNNEL;
    const { from, to, near, far } = cast;
    return {
      commands: [],
      request: { from: podRef(from), to: podRef(to), as: 'ping', payload: '56' },
      prove: (conversation) => {
        const neighbor = firstStep(
          conversation,
          'neighbor',
          ({ netns, device, mac }) => netns === from.on.netns && device === near.name && mac === far.mac,
        );
        const own = podDevice(to)?.mac;
        if (neighbor?.step.state !== 'PERMANENT' || own === far.mac) return undefined;
        return byLine(
          neighbor.step,
          `The frame goes to ${far.mac}, ${far.name} of ${to.on.name}, by this permanent line; ${to.name} has ${own}.`,
        );
      },
    };
  },
};

export const hiddenFlag: Surprise = {
  id: 'hidden-flag',
  group: 'Tunnel',
  title: 'What the tunnel does not copy',
  saying: 'VXLAN leaves the outer UDP checksum at zero, and passes “do not fragment” on.',
  truth:
    'Linux fills in the outer UDP checksum unless it is told not to, and never sets the flag on the outer packet, whatever the packet inside says.',
  stage: (view) => {
    const cast = acrossTunnel(view);
    if (!cast) return NO_TUNNEL;
    const { from, to } = cast;
    return {
      commands: [],
      request: { from: podRef(from), to: podRef(to), as: 'ping', payload: '56', pathMtuDiscovery: 'do' },
      prove: (conversation) => {
        const sent = firstStep(
          conversation,
          'transmit',
          (step) => step.netns === from.on.netns && step.pass === 'tunnel' && innerPacketOf(step) !== undefined,
        );
        const outer = sent && packetOf(sent.step);
        if (!outer || outer.dontFragment || !innerPacketOf(sent.step)?.dontFragment) return undefined;
        const checksum = readU16(sent.step.bytes, outer.payloadOffset + 6);
        if (checksum === 0) return undefined;
        return byFrame(
          sent.step,
          `“Do not fragment” is set inside and not outside, and the outer UDP checksum is 0x${checksum.toString(16).padStart(4, '0')}.`,
        );
      },
    };
  },
};

export const lostBehindTunnel: Surprise = {
  id: 'lost-behind-tunnel',
  group: 'Tunnel',
  title: 'Seen by tcpdump, sent to nobody',
  saying: 'What tcpdump shows leaving flannel.1 is on the wire.',
  truth:
    'Without a forwarding entry the tunnel knows no node to send to. The frame has been seen on the tunnel device by then; the node’s own device never sees it, and no error is sent.',
  stage: (view) => {
    const cast = acrossTunnel(view);
    const uplink = cast && deviceOf(cast.from.on, 'physical');
    if (!cast || !uplink) return NO_TUNNEL;
    const { from, to, near, far } = cast;
    return {
      commands: [{ netns: from.on.netns, line: `bridge fdb del ${far.mac} dev ${near.name}` }],
      request: { from: podRef(from), to: podRef(to), as: 'ping', payload: '56' },
      prove: (conversation) => {
        const seen = firstStep(
          conversation,
          'transmit',
          ({ netns, device }) => netns === from.on.netns && device === near.name,
        );
        const drop = firstStep(
          conversation,
          'drop',
          ({ netns, device }) => netns === from.on.netns && device === near.name,
        );
        const left = framesAt(conversation, from.on.netns, uplink.name).length > 0;
        if (!seen || !drop || left || conversation.traces.some(({ role }) => role === 'error')) return undefined;
        return byFrame(
          drop.step,
          `${near.name} has shown the frame, ${uplink.name} has shown none: it ends here (${drop.step.reason}) without a word to ${from.name}.`,
        );
      },
    };
  },
};

interface Across {
  readonly from: Participant;
  readonly to: Participant;
  /** The tunnel's ends. */
  readonly near: DeviceView;
  readonly far: DeviceView;
}

/** Two Pods with a tunnel between their nodes. */
export function acrossTunnel(view: ClusterView): Across | undefined {
  const pods = apart(view);
  const near = pods && deviceOf(pods[0].on, 'vxlan');
  const far = pods && deviceOf(pods[1].on, 'vxlan');
  return pods && near && far ? { from: pods[0], to: pods[1], near, far } : undefined;
}
