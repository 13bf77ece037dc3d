import type { Step } from '../../datamodel/flow/step.ts';
import type { Capture, Conversation, Trace } from '../../datamodel/flow/trace.ts';
import { transportChecksumValid } from '../../wire/checksum.ts';
import { ETHERNET_HEADER_LENGTH, EthernetView, EtherType } from '../../wire/ethernet.ts';
import { Icmpv4View } from '../../wire/icmpv4.ts';
import { IpProtocol, Ipv4View } from '../../wire/ipv4.ts';
import { UDP_HEADER_LENGTH, UdpView } from '../../wire/udp.ts';
import { VXLAN_HEADER_LENGTH, VXLAN_PORT_LINUX } from '../../wire/vxlan.ts';

/** What is wrong with a conversation, whatever it was about. Empty when every trace keeps the grammar and every sum is right. */
export function conversationProblems(conversation: Conversation): readonly string[] {
  return [
    ...conversation.traces.flatMap((trace) => traceProblems(trace, conversation)),
    ...orderProblems(conversation),
    ...conversation.captures.flatMap(captureProblems),
  ];
}

function traceProblems(trace: Trace, conversation: Conversation): string[] {
  const steps = trace.hops.flatMap((hop) => hop.steps);
  const problems: string[] = [];
  const say = (text: string): number => problems.push(`trace ${trace.id} (${trace.label}): ${text}`);
  if (steps.length === 0) say('has no steps');
  trace.hops.forEach((hop, i) => {
    if (hop.steps.some((step) => step.netns !== hop.netns)) say(`hop ${i} mixes namespaces`);
  });
  const first = steps[0];
  if (trace.origin.type !== 'copy' && first && !begins(first)) say(`begins with ${first.type}`);
  if (trace.origin.type !== 'flow') {
    const { trace: parent, step } = trace.origin;
    if (parent >= trace.id) say(`comes from the later trace ${parent}`);
    if (step >= 0 && first && step > first.id) say('was born before the step that made it');
    if (conversation.traces[parent] === undefined) say(`comes from no trace`);
  }
  steps.slice(0, -1).forEach((step) => {
    if (step.type === 'drop') say(`goes on after the drop in step ${step.id}`);
  });
  const last = steps.at(-1);
  if (trace.disposition.type === 'dropped' && last?.type !== 'drop') say(`was dropped but ends with ${last?.type}`);
  if (last?.type === 'drop' && trace.disposition.type !== 'dropped')
    say(`ends with a drop as ${trace.disposition.type}`);
  if (trace.disposition.type === 'delivered' && last && last.type !== 'deliver' && last.type !== 'arp') {
    say(`was delivered but ends with ${last.type}`);
  }
  if (trace.disposition.type === 'unfinished' && !conversation.budgetSpent) say('was left unfinished');
  return problems;
}

/** A socket's program has its say before there is a packet. */
function begins(step: Step): boolean {
  return step.type === 'originate' || (step.type === 'program' && step.attach.startsWith('cgroup/'));
}

function orderProblems(conversation: Conversation): string[] {
  const steps = conversation.traces.flatMap((trace) => trace.hops.flatMap((hop): readonly Step[] => hop.steps));
  const problems: string[] = [];
  const sorted = [...steps].sort((a, b) => a.id - b.id);
  sorted.forEach((step, i) => {
    const before = sorted[i - 1];
    if (before?.id === step.id) problems.push(`step ${step.id} happens twice`);
    if (before && before.time > step.time) problems.push(`step ${step.id} happens before step ${before.id}`);
  });
  for (const trace of conversation.traces) {
    const ids = trace.hops.flatMap((hop) => hop.steps.map((step) => step.id));
    if (ids.some((id, i) => i > 0 && id <= (ids[i - 1] ?? -1))) problems.push(`trace ${trace.id} is out of order`);
  }
  return problems;
}

function captureProblems(capture: Capture): string[] {
  const problems = capture.link === 'ip' ? packetProblems(capture.bytes) : frameProblems(capture.bytes);
  return problems.map((text) => `${capture.netns} ${capture.device}: ${text}`);
}

/** Wrong lengths and checksums of a frame and of what it carries; quotes inside ICMP errors are as the kernel leaves them. */
export function frameProblems(frame: Uint8Array): readonly string[] {
  if (new EthernetView(frame).etherType !== EtherType.ipv4) return [];
  return packetProblems(frame.subarray(ETHERNET_HEADER_LENGTH));
}

function packetProblems(packet: Uint8Array): readonly string[] {
  const ip = new Ipv4View(packet);
  const problems: string[] = [];
  if (!ip.checksumValid()) problems.push('wrong IPv4 checksum');
  if (ip.totalLength !== packet.length) problems.push(`IPv4 says ${ip.totalLength} bytes of ${packet.length}`);
  if (ip.isFragment) return problems;
  const body = packet.subarray(ip.headerLength);
  if (ip.protocol === IpProtocol.icmp && !new Icmpv4View(body).checksumValid(body.length))
    problems.push('wrong ICMP checksum');
  if (ip.protocol === IpProtocol.ipip) return [...problems, ...packetProblems(body)];
  if (ip.protocol !== IpProtocol.icmp && !transportChecksumValid(packet)) problems.push('wrong transport checksum');
  if (ip.protocol === IpProtocol.udp && new UdpView(body).destinationPort === VXLAN_PORT_LINUX) {
    problems.push(...frameProblems(body.subarray(UDP_HEADER_LENGTH + VXLAN_HEADER_LENGTH)));
  }
  return problems;
}
