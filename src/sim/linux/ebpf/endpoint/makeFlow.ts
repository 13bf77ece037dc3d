import { chance } from '../../../../base/chance.ts';
import type { EbpfFlow, EbpfTuple, FlowFlag, FlowLeg } from '../../../../datamodel/network/ebpfState.ts';
import type { IpAddress } from '../../../../wire/address.ts';
import { drawNumber } from '../../netfilter/draws.ts';
import { entryOf } from '../state.ts';
import type { EndpointRun } from './endpointRun.ts';
import { flowId, isFromOpener, keepFlow, legAfter } from './flowState.ts';
import { hasMark, SEEN } from './marks.ts';

const COLLISION_RETRIES = 3;

export interface FlowDraft {
  readonly kind: 'normal' | 'reverse';
  /** As it goes to the backend, or as it is. */
  readonly tuple: EbpfTuple;
  readonly original?: EbpfTuple;
  readonly flags: readonly FlowFlag[];
  readonly tunnel?: IpAddress;
  /** What is sent on is also taken back: both ends let it pass. */
  readonly allowReturn?: boolean;
}

/**
 * Remembers a new connection (Felix: bpf-gpl/conntrack.h, conntrack_create). Where another program of this node has had the packet its
 * entry is there already, and learns that this end lets it pass, too.
 *
 * @returns the entry; undefined when a client's port is taken and no other was free.
 */
export function makeFlow(run: EndpointRun, draft: FlowDraft): EbpfFlow | undefined {
  const { kernel, skb, at, lookup } = run;
  const id = flowId(draft.tuple);
  lookup.lookups++;
  const known = entryOf(kernel, 'flow', id);
  if (hasMark(skb.meta.mark, SEEN) && known) return approved(run, known, draft.tuple);
  const tuple =
    known && !at.fromWorkload && !at.toWorkload && draft.kind === 'reverse' ? withFreePort(run, draft) : draft.tuple;
  if (!tuple) return undefined;
  const flow = keepFlow(kernel, {
    type: 'flow',
    id: flowId(tuple),
    kind: draft.kind,
    tuple,
    ...legsOf(run, draft),
    flags: draft.flags,
    ...(draft.original && { original: draft.original }),
    ...(draft.tunnel && { tunnel: draft.tunnel }),
    lastSeen: 0,
    expires: 0,
  });
  if (draft.original) {
    const leg = { approved: true, workload: false };
    const rest = { out: leg, back: leg, flags: [], lastSeen: 0, expires: 0 };
    const ahead = { kind: 'forward', id: flowId(draft.original), tuple: draft.original, reverse: flow.id } as const;
    keepFlow(kernel, { type: 'flow', ...ahead, ...rest });
  }
  return flow;
}

function approved(run: EndpointRun, known: EbpfFlow, tuple: EbpfTuple): EbpfFlow {
  const { at, packet, kernel } = run;
  const isOut = isFromOpener(known, tuple);
  const own = isOut ? known.out : known.back;
  const other = isOut ? known.back : known.out;
  const passed = { approved: true, workload: at.fromWorkload || at.toWorkload };
  const from = legAfter(at.toHost ? { ...own, ...passed } : own, other, packet);
  const to = at.toHost ? other : { ...other, ...passed };
  return keepFlow(kernel, { ...known, out: isOut ? from : to, back: isOut ? to : from });
}

function legsOf(run: EndpointRun, { kind, allowReturn }: FlowDraft): Pick<EbpfFlow, 'out' | 'back'> {
  const { at, link, packet, skb, turns } = run;
  const silent: FlowLeg = { approved: false, workload: false };
  const isConflict = at.toDevice && !hasMark(skb.meta.mark, SEEN) && kind === 'reverse';
  const out = {
    approved: at.toHost || isConflict || turns !== undefined,
    workload: at.fromWorkload,
    ...(at.toHost && { device: link.name }),
  };
  const back = {
    approved: at.toHost ? allowReturn === true : isConflict || turns === undefined,
    workload: at.toWorkload,
  };
  return { out: legAfter(out, silent, packet), back };
}

/** Another source port for a client whose own one leads to the same backend already (bpfPSNATPorts). */
function withFreePort({ kernel, paths }: EndpointRun, { tuple }: FlowDraft): EbpfTuple | undefined {
  const { from, to } = paths.sourcePorts;
  for (let i = 0; i < COLLISION_RETRIES; i++) {
    const draw = drawNumber(kernel, `source port ${tuple.source}`);
    const sourcePort =
      from + (chance(kernel.world.seed, 'source port', kernel.id, tuple.source, draw) % (to - from + 1));
    const moved = { ...tuple, sourcePort };
    if (!entryOf(kernel, 'flow', flowId(moved))) return moved;
  }
  return undefined;
}
