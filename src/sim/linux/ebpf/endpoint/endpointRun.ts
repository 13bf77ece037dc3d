import type { EntryRef, StepDetail } from '../../../../datamodel/flow/step.ts';
import type { DeviceHook } from '../../../../datamodel/network/ebpf.ts';
import type { EndpointMaps, EndpointRole, NatFrontend } from '../../../../datamodel/network/ebpfEndpoint.ts';
import type { EbpfEnd } from '../../../../datamodel/network/ebpfState.ts';
import type { IpAddress } from '../../../../wire/address.ts';
import { dropPacket } from '../../device/drop.ts';
import type { ProgramRun } from '../programRun.ts';
import type { FoundFlow } from './foundFlow.ts';
import type { EndpointPacket } from './packet.ts';

/** Where a program stands, and which way its packets go. */
export interface Attachment {
  readonly role: EndpointRole;
  /** They come in to the host, from a Pod or by a device; else they leave it. */
  readonly toHost: boolean;
  readonly fromWorkload: boolean;
  readonly toWorkload: boolean;
  readonly fromDevice: boolean;
  readonly toDevice: boolean;
}

export function attachment(hook: DeviceHook, role: EndpointRole): Attachment {
  const toHost = hook === 'tc ingress';
  const isWorkload = role === 'workload';
  return {
    role,
    toHost,
    fromWorkload: isWorkload && toHost,
    toWorkload: isWorkload && !toHost,
    fromDevice: !isWorkload && toHost,
    toDevice: !isWorkload && !toHost,
  };
}

/** One run of an endpoint's program, with what its parts tell each other (Felix: bpf-gpl/types.h, struct cali_tc_state). */
export interface EndpointRun extends ProgramRun {
  readonly at: Attachment;
  readonly paths: EndpointMaps;
  packet: EndpointPacket;
  found: FoundFlow;
  /** Where the packet is for once services are resolved. */
  target: EbpfEnd;
  /** The service that was asked for, and the backend chosen. */
  chosen?: { readonly frontend: NatFrontend; readonly ordinal: number; readonly backend: EbpfEnd };
  /** The node that has sent it on through the tunnel. */
  tunnelFrom?: IpAddress;
  /** The packet is to be sent on past the host's stack, if there is a way. */
  fib: boolean;
  /** What the packet is marked with in the end. */
  mark: number;
  natOutgoing: boolean;
  skipFib: boolean;
  /** No entry is made for it. */
  untracked: boolean;
  /** The host's own packet for a service turns round at the device, towards a Pod here or elsewhere. */
  turns?: 'local' | 'remote';
  /** Who it is to be sent to, where that is no longer its own destination: the tunnel's other end. */
  outer?: { readonly source: IpAddress; readonly destination: IpAddress };
}

type Detail = Extract<StepDetail, { readonly type: 'program' }>;

export interface Told {
  readonly entry?: EntryRef | undefined;
  readonly service?: string;
  readonly note?: string;
  /** The helper by which the packet goes elsewhere. */
  readonly helper?: Detail['helper'];
}

/** Writes down what the program decided; map updates made so far go with it. */
export function tell(run: EndpointRun, action: Detail['action'], { entry, service, note, helper }: Told = {}): void {
  const { kernel, skb, link, program, lookup } = run;
  const detail: Detail = {
    type: 'program',
    attach: program.hook,
    name: program.name,
    action,
    lookups: lookup.lookups,
    ...(service !== undefined && { service }),
    ...(note !== undefined && { note }),
    ...(helper && { helper }),
  };
  kernel.world.recorder.step(kernel.id, skb, detail, { device: link.name, entry });
}

/** Drops the packet: TC_ACT_SHOT. */
export function deny(run: EndpointRun, because: string, told: Told = {}): 'taken' {
  const { kernel, skb, link, program, at } = run;
  tell(run, 'drop', { ...told, note: because });
  const reason = at.toHost ? 'TC_INGRESS' : 'TC_EGRESS';
  dropPacket(kernel, skb, reason, `${program.name}: ${because}`, { device: link.name, entry: told.entry });
  return 'taken';
}
