import {
  announcedMss,
  byFrame,
  byLine,
  firstStep,
  frameOf,
  framesAt,
  icmpErrorOf,
  isArp,
  packetOf,
  stepsOf,
} from './evidence.ts';
import { behindServices, clientOf, deviceOf, participants, podRef, serviceRef } from './participants.ts';
import type { Surprise } from './surprise.ts';

const GROUP = 'Modes of kube-proxy';
const ARP_REPLY = 2;

export const routedByIpvs: Surprise = {
  id: 'routed-by-ipvs',
  group: GROUP,
  title: 'Down a router and back over a bridge',
  saying: 'The mode of kube-proxy changes how fast Services are, not which way packets take.',
  truth:
    'To a Pod of the same node iptables rewrites a frame that stays on the bridge. IPVS takes the packet up to the node and routes it down again: one hop less to live. The answer is bridged all the same.',
  stage: (view) => {
    const cast = clientOf(view, 'same node');
    const bridge = cast && deviceOf(cast.client.on, 'bridge');
    if (!cast || !bridge) return { missing: 'a Service with an endpoint on the node of a Pod that calls it' };
    const { client, server } = cast;
    return {
      commands: [],
      proxyMode: 'ipvs',
      request: { from: podRef(client), to: serviceRef(cast, cast.port), as: 'tcp', pick: cast.endpoint },
      prove: (conversation) => {
        const there = firstStep(
          conversation,
          'receive',
          ({ netns }, { role }) => netns === server.netns && role === 'forward',
        );
        const back = firstStep(
          conversation,
          'receive',
          ({ netns }, { role }) => netns === client.netns && role === 'reply',
        );
        const [down, up] = [there && packetOf(there.step)?.ttl, back && packetOf(back.step)?.ttl];
        if (!there || down === undefined || up === undefined || down !== up - 1) return undefined;
        if (frameOf(there.step).source !== bridge.mac) return undefined;
        return byFrame(
          there.step,
          `It comes to ${server.name} from ${bridge.name}’s MAC with TTL ${down}; the answer, from Pod to Pod, still has ${up}.`,
        );
      },
    };
  },
};

export const localAnywhere: Surprise = {
  id: 'local-anywhere',
  group: GROUP,
  title: 'Local, and yet from everywhere',
  saying: 'With externalTrafficPolicy Local a node without endpoints drops what comes to the NodePort.',
  truth:
    'iptables and nftables drop it without a word. IPVS, with no endpoint of its own to offer, takes those of all nodes, and it works.',
  stage: (view) => {
    for (const cast of behindServices(view)) {
      const { service, nodePort, server } = cast;
      const own = new Set(
        service.endpoints.flatMap((each) => participants(view).find((pod) => pod.address === each.address)?.on ?? []),
      );
      const node = view.nodes.find((each) => !own.has(each));
      const [host] = view.outside;
      if (service.externalTrafficPolicy !== 'Local' || nodePort === undefined || !node || !host) continue;
      return {
        commands: [],
        proxyMode: 'ipvs',
        request: { from: host.address, to: `${node.address}:${nodePort}`, as: 'tcp', pick: cast.endpoint },
        prove: (conversation) => {
          const scheduled = firstStep(
            conversation,
            'ipvs',
            ({ netns, event }) => netns === node.netns && event === 'scheduled',
          );
          if (!scheduled || conversation.outcomes[0]?.type !== 'answered') return undefined;
          return byLine(
            scheduled.step,
            `${node.name} has no endpoint of ${service.name}, and hands the connection to ${server.name} on ${server.on.name}.`,
          );
        },
      };
    }
    return { missing: 'a NodePort with externalTrafficPolicy Local and a node without an endpoint' };
  },
};

export const refusedByItself: Surprise = {
  id: 'refused-by-itself',
  group: GROUP,
  title: 'Refused by an address nobody has',
  saying: 'A ClusterIP is on no interface, so nobody can refuse in its name.',
  truth:
    'Under IPVS every node has it, on kube-ipvs0. A port that the Service does not have is refused by ICMP from the ClusterIP itself; under iptables the same packet leaves the cluster unanswered.',
  stage: (view) => {
    const cast = clientOf(view, 'other node') ?? clientOf(view, 'same node');
    if (!cast) return { missing: 'a Service with an endpoint, and a Pod to call it' };
    const { client, clusterIp, service } = cast;
    const used = new Set(service.ports.map(({ port }) => port));
    const port = [81, 82, 83, 84].find((each) => !used.has(each)) ?? 85;
    return {
      commands: [],
      proxyMode: 'ipvs',
      request: { from: podRef(client), to: `${clusterIp}:${port}`, as: 'tcp' },
      prove: (conversation) => {
        const drop = firstStep(
          conversation,
          'drop',
          ({ netns, icmp }) => netns === client.on.netns && icmp?.code === 3,
        );
        const error = firstStep(
          conversation,
          'receive',
          (step) => step.netns === client.netns && icmpErrorOf(step) !== undefined,
        );
        const source = error && icmpErrorOf(error.step)?.ip.source;
        if (!drop || source !== clusterIp) return undefined;
        return byLine(
          drop.step,
          `This rule rejects it, and the error comes from ${source}, the address that was asked.`,
        );
      },
    };
  },
};

export const pingRefused: Surprise = {
  id: 'ping-refused',
  group: GROUP,
  title: 'Ping is told “port unreachable”',
  saying: 'Ping has no ports.',
  truth:
    'nftables mode knows every ClusterIP, and rejects whatever is asked of one past its ports, with ICMP “port unreachable”, echo requests included. Under iptables they leave by the default gateway.',
  stage: (view) => {
    const cast = clientOf(view, 'other node') ?? clientOf(view, 'same node');
    if (!cast) return { missing: 'a Service with an endpoint, and a Pod to call it' };
    const { client, clusterIp } = cast;
    return {
      commands: [],
      proxyMode: 'nftables',
      request: { from: podRef(client), to: clusterIp, as: 'ping', payload: '56' },
      prove: (conversation) => {
        const drop = firstStep(
          conversation,
          'drop',
          ({ netns, icmp }) => netns === client.on.netns && icmp?.type === 3 && icmp.code === 3,
        );
        if (!drop) return undefined;
        return byLine(drop.step, `This line rejects the echo request to ${clusterIp} with ICMP 3/3.`);
      },
    };
  },
};

export const everybodyAnswers: Surprise = {
  id: 'everybody-answers',
  group: GROUP,
  title: 'Who has the ClusterIP? All of us',
  saying: 'A ClusterIP is virtual: it answers no ARP.',
  truth:
    'Under IPVS it is a local address of every node, and Linux answers ARP for any of those on any device, even for one of a device that is down. strictARP is there to keep them quiet.',
  stage: (view) => {
    const [cast] = behindServices(view);
    const [host] = view.outside;
    const device = host?.devices.find(({ kind }) => kind !== 'loopback');
    if (!cast || !host || !device || view.nodes.length < 2)
      return { missing: 'a host outside the cluster, a Service and two nodes' };
    const { clusterIp } = cast;
    return {
      // a route that says that the ClusterIP is on the link
      commands: [
        { netns: host.netns, line: `ip route add ${clusterIp} dev ${device.name}` },
        { netns: host.netns, line: `ip neigh flush dev ${device.name}` },
      ],
      proxyMode: 'ipvs',
      request: { from: host.address, to: `${clusterIp}:${cast.port}`, as: 'tcp', warm: false, pick: cast.endpoint },
      prove: (conversation) => {
        const nodes = new Map(view.nodes.map((node) => [node.netns, node.name]));
        const answers = stepsOf(
          conversation,
          'transmit',
          (step) =>
            nodes.has(step.netns) &&
            isArp(step) &&
            step.bytes[21] === ARP_REPLY &&
            [...step.bytes.subarray(28, 32)].join('.') === clusterIp,
        );
        const names = [...new Set(answers.map(({ step }) => nodes.get(step.netns)))];
        const last = answers.at(-1);
        if (!last || names.length < 2) return undefined;
        return byFrame(
          last.step,
          `${clusterIp} is at ${names.join(', ')}: ${names.length} nodes answer; the first answer is used.`,
        );
      },
    };
  },
};

export const calledByItself: Surprise = {
  id: 'called-by-itself',
  group: GROUP,
  title: 'A Service that calls itself',
  saying: 'A program on a node calls a Service from one of the node’s addresses.',
  truth:
    'It does, and under IPVS the ClusterIP is one of them: the route to it is local, so the socket calls the ClusterIP from the ClusterIP and offers segments for the loopback device.',
  stage: (view) => {
    for (const cast of behindServices(view)) {
      const node = view.nodes.find((each) => each !== cast.server.on);
      if (!node) continue;
      const { clusterIp } = cast;
      return {
        commands: [],
        proxyMode: 'ipvs',
        request: { from: `node/${node.name}`, to: serviceRef(cast, cast.port), as: 'tcp', pick: cast.endpoint },
        prove: (conversation) => {
          const route = firstStep(
            conversation,
            'route',
            ({ netns, source }) => netns === node.netns && source === clusterIp,
          );
          const syn = firstStep(
            conversation,
            'transmit',
            (step) => step.netns === node.netns && announcedMss(step) !== undefined,
          );
          const mss = syn && announcedMss(syn.step);
          if (!route || mss === undefined || mss < 65_000) return undefined;
          if (framesAt(conversation, node.netns, 'lo').length > 0) return undefined;
          return byLine(
            route.step,
            `This route is local and names ${clusterIp} as the source; the SYN, which offers segments of ${mss} bytes, is seen on no loopback device.`,
          );
        },
      };
    }
    return { missing: 'a Service with a Pod on another node' };
  },
};
