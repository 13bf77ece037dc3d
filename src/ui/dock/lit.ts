import type { Tool } from '../../datamodel/cluster/printed.ts';
import type { Step } from '../../datamodel/flow/step.ts';
import type { Conversation, Hop, Trace } from '../../datamodel/flow/trace.ts';
import type { NetnsId } from '../../datamodel/network/netnsId.ts';
import type { EntryId } from '../../datamodel/network/tables.ts';
import { toolOf } from './toolOf.ts';

/** Which lines of a table the shown packet has to do with. */
export interface LitLines {
  /** The line that decided the shown step. */
  readonly deciding: EntryId | undefined;
  /** Lines met in the same pass through the same hook. */
  readonly pass: ReadonlySet<EntryId>;
  /** All lines met in this namespace so far. */
  readonly met: ReadonlySet<EntryId>;
  /** Whose walk is shown, when it is not this packet's own. */
  readonly note: string | undefined;
}

const NONE: LitLines = { deciding: undefined, pass: new Set(), met: new Set(), note: undefined };

/** The lines of `tool` in `netns` that the shown step, its hook and its packet's stay there have used. */
export function litLines(conversation: Conversation, trace: Trace, step: Step, netns: NetnsId, tool: Tool): LitLines {
  const hop = trace.hops.find((each) => each.steps.some(({ id }) => id === step.id));
  if (!hop || hop.netns !== netns) return NONE;
  const own = entriesOf(hop, tool).filter((each) => each.step.id <= step.id);
  const pass = own.filter((each) => samePass(each.step, step));
  const deciding =
    step.entry && step.entry.netns === netns && toolOf(step.entry.table, step.entry.id) === tool
      ? step.entry.id
      : undefined;
  const found: LitLines = {
    deciding,
    pass: new Set(step.hook ? pass.map((each) => each.id) : []),
    met: new Set(own.map((each) => each.id)),
    note: undefined,
  };
  const table = tool === 'iptables-save' ? 'rule' : tool === 'nft' ? 'nft' : undefined;
  return table ? withFirstWalk(found, conversation, trace, hop, step, table) : found;
}

function entriesOf(hop: Hop, tool: Tool): { readonly id: EntryId; readonly step: Step }[] {
  return hop.steps.flatMap((step) => {
    const { entry } = step;
    if (!entry || entry.netns !== hop.netns || toolOf(entry.table, entry.id) !== tool) return [];
    // the element that a map had stands on a line of its own
    const found = step.type === 'rule' ? step.lookup?.id : undefined;
    return [entry.id, ...(found === undefined ? [] : [found])].map((id) => ({ id, step }));
  });
}

function samePass(a: Step, b: Step): boolean {
  return a.hook === b.hook && a.pass === b.pass;
}

/**
 * nat rules are asked for a connection's first packet only. For a later one that conntrack recognised, the rules that the
 * first one walked are shown with it, for they are where the answer comes from.
 */
function withFirstWalk(
  lit: LitLines,
  conversation: Conversation,
  trace: Trace,
  hop: Hop,
  step: Step,
  table: 'rule' | 'nft',
): LitLines {
  const outer = step.pass === 'tunnel';
  const found = hop.steps.find((each) => each.id <= step.id && isOuter(each) === outer && isFound(each));
  const connection = found?.entry?.id;
  if (found?.type !== 'session' || connection === undefined) return lit;
  for (const earlier of conversation.traces) {
    if (earlier.id === trace.id) continue;
    for (const visit of earlier.hops) {
      if (visit.netns !== hop.netns || (visit.steps[0]?.id ?? 0) > found.id) continue;
      if (!visit.steps.some((each) => isConfirmed(each) && each.entry?.id === connection)) continue;
      const walked = natRules(visit, outer, table);
      if (walked.length === 0) return lit;
      const what = found.reply ? 'This answer' : 'This packet';
      return {
        ...lit,
        met: new Set([...walked, ...lit.met]),
        note: `Walked by the ${earlier.label}. ${what} followed conntrack, which repeats that decision for the whole connection.`,
      };
    }
  }
  return lit;
}

function isOuter(step: Step): boolean {
  return step.pass === 'tunnel';
}

function isFound(step: Step): boolean {
  return step.type === 'session' && step.event === 'found';
}

/** An entry is only a promise until its first packet has come through. */
function isConfirmed(step: Step): boolean {
  return step.type === 'session' && step.event === 'confirmed';
}

/** The rules of nat chains that a packet met: those before the step that ends such a chain's walk. */
function natRules(visit: Hop, outer: boolean, table: 'rule' | 'nft'): EntryId[] {
  const found: EntryId[] = [];
  let walk: EntryId[] = [];
  for (const each of visit.steps) {
    if (isOuter(each) !== outer) continue;
    if (each.type === 'rule' && each.entry?.table === table) {
      walk.push(each.entry.id, ...(each.lookup?.id === undefined ? [] : [each.lookup.id]));
    } else if (each.type === 'hook') {
      if (each.table === 'nat' || each.chainType === 'nat') found.push(...walk);
      walk = [];
    }
  }
  return found;
}
