import type { Step } from '../../datamodel/flow/step.ts';
import type { Conversation, Disposition } from '../../datamodel/flow/trace.ts';
import type { NetnsId } from '../../datamodel/network/netnsId.ts';
import { ETHERNET_HEADER_LENGTH } from '../../wire/ethernet.ts';
import { dissect } from '../../wire/layers.ts';
import { tupleOf } from '../linux/netfilter/tuple.ts';

const PROTOCOL = 9;
const UDP = 17;
const KNOWN: ReadonlyMap<number, string> = new Map([
  [1, 'ICMP'],
  [6, 'TCP'],
]);

/** What can be read off a flow's first packet on its way. */
export interface ReadRequest {
  readonly steps: readonly Step[];
  readonly end: Disposition | undefined;
  /** The longest frame that a node put on its cable, and the Pod's own. */
  readonly outer: Uint8Array | undefined;
  readonly inner: Uint8Array | undefined;
}

/** @param cables ends of the nodes' cables: namespace and device. */
export function readRequest(
  { traces }: Pick<Conversation, 'traces'>,
  from: NetnsId,
  cables: ReadonlySet<string>,
): ReadRequest {
  const own = traces.filter(({ role, exchange }) => role === 'forward' && exchange === 'flow');
  const steps = own.flatMap(({ hops }) => hops.flatMap((hop): readonly Step[] => hop.steps));
  const sent = steps.filter(({ type, link }) => type === 'transmit' && link === 'ethernet');
  const outer = sent
    .filter(({ netns, device }) => cables.has(`${netns} ${device}`))
    .reduce<Uint8Array | undefined>(
      (best, { bytes }) => (best && best.length >= bytes.length ? best : bytes),
      undefined,
    );
  return {
    steps,
    end: own.findLast(({ disposition }) => disposition.type === 'delivered' || disposition.type === 'dropped')
      ?.disposition,
    outer,
    inner: sent.find(({ netns }) => netns === from)?.bytes,
  };
}

export function headersOf(frame: Uint8Array | undefined): readonly string[] {
  if (frame === undefined) return [];
  return dissect(frame, 'ethernet').flatMap(({ protocol, quoted }) =>
    quoted || protocol === 'Data' ? [] : [protocol as string],
  );
}

/** What a filter between the nodes sees of a frame. */
export function passOf(frame: Uint8Array | undefined): string | undefined {
  if (frame === undefined) return undefined;
  const packet = frame.subarray(ETHERNET_HEADER_LENGTH);
  const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
  const protocol = view.getUint8(PROTOCOL);
  const header = (view.getUint8(0) & 0xf) * 4;
  if (protocol === UDP) return `UDP ${view.getUint16(header + 2)}`;
  return KNOWN.get(protocol) ? 'the Pods’ own packets' : `IP protocol ${protocol}`;
}

/** The source that whoever took the packet saw. */
export function sourceAtEnd({ steps, end }: ReadRequest): string | undefined {
  const last = end?.type === 'delivered' ? steps.findLast(({ type }) => type === 'deliver') : undefined;
  return last && tupleOf(last.bytes, last.link === 'ethernet' ? ETHERNET_HEADER_LENGTH : 0)?.source;
}

export function natOf(steps: readonly Step[]): readonly string[] {
  return [...new Set(steps.flatMap((step) => (step.type === 'translate' ? [`${step.kind} on ${step.netns}`] : [])))];
}
