import type { ClusterView } from '../../datamodel/cluster/view.ts';
import type { Conversation } from '../../datamodel/flow/trace.ts';
import type { NetnsId } from '../../datamodel/network/netnsId.ts';
import type { Simulation } from '../../sim/simulation.ts';
import { EMPTY_DRAFT, readDraft } from '../../store/draft.ts';
import type { IpAddress } from '../../wire/address.ts';
import { EthernetView } from '../../wire/ethernet.ts';
import { Ipv4View } from '../../wire/ipv4.ts';
import type { Staging, Surprise } from './surprise.ts';

/** What came of a surprise, for what is claimed of it to be asked of the frames. */
export interface Performed {
  readonly staging: Staging;
  readonly conversation: Conversation;
  readonly view: ClusterView;
  /** The sender's namespace and address. */
  readonly from: NetnsId;
  readonly sender: IpAddress;
  /** The address that was called. */
  readonly called: IpAddress;
  /** Ids of what the commands changed. */
  readonly edits: readonly number[];
}

/** Stages a surprise as a person would: command by command, then the request. @returns undefined when something is missing. */
export function perform(simulation: Simulation, surprise: Surprise, withCommands = true): Performed | undefined {
  const view = simulation.cluster();
  const staging = surprise.stage(view);
  if ('missing' in staging) return undefined;
  const before = new Set(view.edits?.map(({ id }) => id));
  const proxyMode = (withCommands ? staging.proxyMode : undefined) ?? 'iptables';
  if (view.proxyMode !== proxyMode) simulation.apply({ type: 'configure', settings: { proxyMode } });
  for (const { netns, line } of withCommands ? staging.commands : []) {
    const applied = simulation.apply({ type: 'exec', netns, line });
    if (!applied.ok) throw new Error(`${line}: ${applied.output?.errors}`);
  }
  const draft = { ...EMPTY_DRAFT, ...staging.request };
  const from = simulation.resolve(draft.from, 'from');
  const reading = readDraft(draft, from, simulation.resolve(draft.to, 'to'));
  if (!reading.ok || reading.flow.to.type !== 'address') throw new Error(JSON.stringify(reading));
  const { flow } = reading;
  const edits = simulation.cluster().edits?.flatMap(({ id }) => (before.has(id) ? [] : [id])) ?? [];
  const conversation = simulation.send(flow);
  const sender = from.ok && from.to.type === 'address' ? from.to.address : undefined;
  if (sender === undefined) throw new Error(`${draft.from} has no address`);
  return { staging, conversation, view, from: flow.from, sender, called: reading.flow.to.address, edits };
}

/** A frame as tcpdump would have shown it. */
export interface Shown {
  readonly mac: { readonly source: string; readonly destination: string };
  /** undefined for ARP. */
  readonly ip: Ipv4View | undefined;
  readonly direction: 'in' | 'out';
  readonly time: number;
}

export function shownAt(conversation: Conversation, netns: NetnsId, device: string): readonly Shown[] {
  return conversation.captures
    .filter((capture) => capture.netns === netns && capture.device === device)
    .map(({ bytes, direction, time }) => {
      const mac = new EthernetView(bytes);
      return { mac, ip: mac.etherType === 0x800 ? new Ipv4View(bytes, 14) : undefined, direction, time };
    });
}
