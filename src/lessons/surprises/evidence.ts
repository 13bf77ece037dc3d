import type { Tool } from '../../datamodel/cluster/printed.ts';
import type { EntryRef, Step, StepType } from '../../datamodel/flow/step.ts';
import type { Conversation, Trace } from '../../datamodel/flow/trace.ts';
import type { NetnsId } from '../../datamodel/network/netnsId.ts';
import { EthernetView, EtherType } from '../../wire/ethernet.ts';
import { Icmpv4View } from '../../wire/icmpv4.ts';
import { IpProtocol, Ipv4View } from '../../wire/ipv4.ts';
import { parseTcp, TCP_HEADER_LENGTH, TcpFlag, TcpView } from '../../wire/tcp.ts';
import type { Proof } from './surprise.ts';

/** A step and the packet it happened to. */
export interface Seen<T extends StepType = StepType> {
  readonly step: Extract<Step, { type: T }>;
  readonly trace: Trace;
}

/** Steps of one kind in the order in which they happened. */
export function stepsOf<T extends StepType>(
  conversation: Conversation,
  type: T,
  where: (step: Extract<Step, { type: T }>, trace: Trace) => boolean = () => true,
): readonly Seen<T>[] {
  const found: Seen<T>[] = [];
  for (const trace of conversation.traces) {
    for (const { steps } of trace.hops) {
      for (const step of steps) if (isOf(step, type) && where(step, trace)) found.push({ step, trace });
    }
  }
  return found.sort((a, b) => a.step.id - b.step.id);
}

/** The first of {@link stepsOf}. */
export function firstStep<T extends StepType>(
  conversation: Conversation,
  type: T,
  where?: (step: Extract<Step, { type: T }>, trace: Trace) => boolean,
): Seen<T> | undefined {
  return stepsOf(conversation, type, where)[0];
}

function isOf<T extends StepType>(step: Step, type: T): step is Extract<Step, { type: T }> {
  return step.type === type;
}

/** Frames that tcpdump would have seen there. */
export function framesAt(conversation: Conversation, netns: NetnsId, device: string): Conversation['captures'] {
  return conversation.captures.filter((capture) => capture.netns === netns && capture.device === device);
}

export function isArp(step: Step): boolean {
  return step.link === 'ethernet' && new EthernetView(step.bytes).etherType === EtherType.arp;
}

export function frameOf(step: Step): EthernetView {
  return new EthernetView(step.bytes);
}

/** The (outer) IP packet of a step; undefined for ARP and frames that are too short for one. */
export function packetOf(step: Step): Ipv4View | undefined {
  const offset = step.link === 'ip' ? 0 : 14;
  if (step.bytes.length < offset + 20 || (offset > 0 && frameOf(step).etherType !== EtherType.ipv4)) return undefined;
  return new Ipv4View(step.bytes, offset);
}

/** An ICMP error and the packet that it quotes. */
export function icmpErrorOf(
  step: Step,
): { readonly ip: Ipv4View; readonly icmp: Icmpv4View; readonly quote: Ipv4View } | undefined {
  const ip = packetOf(step);
  if (ip?.protocol !== IpProtocol.icmp || step.bytes.length < ip.payloadOffset + 28) return undefined;
  const icmp = new Icmpv4View(step.bytes, ip.payloadOffset);
  return { ip, icmp, quote: new Ipv4View(step.bytes, ip.payloadOffset + 8) };
}

/** The segment size that a SYN announces; undefined for everything else. */
export function announcedMss(step: Step): number | undefined {
  const ip = packetOf(step);
  if (ip?.protocol !== IpProtocol.tcp || ip.isFragment || step.bytes.length < ip.payloadOffset + TCP_HEADER_LENGTH)
    return undefined;
  if ((new TcpView(step.bytes, ip.payloadOffset).flags & TcpFlag.syn) === 0) return undefined;
  const { options } = parseTcp(step.bytes.subarray(0, ip.offset + ip.totalLength), ip.payloadOffset);
  for (const option of options) if (option.kind === 'mss') return option.value;
  return undefined;
}

const TOOLS: Readonly<Partial<Record<EntryRef['table'], Tool>>> = {
  rule: 'iptables-save',
  nft: 'nft',
  ipset: 'ipset',
  virtualServer: 'ipvsadm',
  ipvs: 'ipvsadm-connections',
  route: 'ip-route',
  neighbor: 'ip-neigh',
  fdb: 'bridge-fdb',
  conntrack: 'conntrack',
  address: 'ip-addr',
  link: 'ip-addr',
};

/** By the table line that decided the step; by its frame, where no tool prints such a line. */
export function byLine(step: Step, sentence: string): Proof {
  const tool = step.entry && TOOLS[step.entry.table];
  return tool ? { step: step.id, show: { type: 'line', tool }, sentence } : byFrame(step, sentence);
}

export function byFrame(step: Step, sentence: string): Proof {
  return { step: step.id, show: { type: 'frame' }, sentence };
}
