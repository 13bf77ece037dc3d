import { assertUnreachable } from '../../base/assertUnreachable.ts';
import type { Step } from '../../datamodel/flow/step.ts';
import type { Trace } from '../../datamodel/flow/trace.ts';
import { UNDERLAY } from '../../datamodel/network/netnsId.ts';
import { EthernetView } from '../../wire/ethernet.ts';
import type { Names } from '../names.ts';

type LinkStep = Extract<Step, { type: 'receive' | 'transmit' | 'bridge' }>;

/** What happens to a frame between devices: it comes in, a bridge decides, it goes out. */
export function linkSentence(step: LinkStep, trace: Trace, names: Names): string {
  if (step.netns === UNDERLAY) return underlaySentence(step, trace, names);
  const here = names.netns(step.netns);
  if (step.type === 'bridge') return bridgeSentence(step, here);
  const what = `The ${frameWord(trace)}`;
  if (step.type === 'transmit')
    return `${what} leaves ${here}${step.device === undefined ? '' : ` through ${step.device}`}`;
  const arrives = `${what} arrives${step.device === undefined ? '' : ` at ${step.device}`} of ${here}`;
  if (step.packetType === 'broadcast') return `${arrives}, sent to everybody`;
  return step.packetType === 'otherhost' && step.link === 'ethernet'
    ? `${arrives}, its frame addressed to ${new EthernetView(step.bytes).destination}`
    : arrives;
}

/** What a trace's packet is called. */
export function frameWord(trace: Trace): string {
  return trace.role === 'control'
    ? 'ARP packet'
    : trace.role === 'reply'
      ? 'answer'
      : trace.role === 'error'
        ? 'ICMP error'
        : 'packet';
}

function bridgeSentence(step: Extract<Step, { type: 'bridge' }>, here: string): string {
  const bridge = `The bridge ${step.bridge} of ${here}`;
  switch (step.decision) {
    case 'forward':
      return `${bridge} knows ${step.destination} behind ${step.ports[0] ?? 'a port'} and forwards the frame there`;
    case 'flood':
      return `${bridge} sends the frame to ${step.destination} out of every other port (${step.ports.length})`;
    case 'up':
      return `${bridge} sees its own MAC, ${step.destination}, and hands the packet to the kernel of ${here}`;
    case 'blocked':
      return `${bridge} may not send the frame out of the port it came from`;
    default:
      return assertUnreachable(step.decision);
  }
}

/** The underlay is one switch with a port to each machine, and the gateway. */
function underlaySentence(step: LinkStep, trace: Trace, names: Names): string {
  const what = `The ${frameWord(trace)}`;
  if (step.type === 'receive') {
    const from = neighbourOf(step, trace, -1);
    return `${what} reaches the switch of the underlay${from === undefined ? '' : ` from ${names.netns(from)}`}`;
  }
  const to = neighbourOf(step, trace, 1);
  const where = to === undefined ? `port ${portOf(step)}` : names.netns(to);
  if (step.type === 'transmit') return `${what} leaves the underlay for ${where}`;
  switch (step.decision) {
    case 'forward':
      return `The switch of the underlay knows ${step.destination} behind its port to ${where} and forwards the frame there`;
    case 'flood':
      return `The switch of the underlay sends the frame to ${step.destination} out of every other port (${step.ports.length})`;
    case 'up':
      return `The frame's MAC, ${step.destination}, is the gateway's: the underlay hands the packet to it`;
    case 'blocked':
      return 'The switch of the underlay may not send the frame out of the port it came from';
    default:
      return assertUnreachable(step.decision);
  }
}

function portOf(step: LinkStep): string {
  return (step.type === 'bridge' ? step.ports[0] : step.device) ?? 'unknown';
}

/** The namespace that the packet visits before or after the one of the step. */
function neighbourOf(step: Step, trace: Trace, by: 1 | -1): string | undefined {
  const here = trace.hops.findIndex((hop) => hop.steps.includes(step));
  return here < 0 ? undefined : trace.hops[here + by]?.netns;
}
