import { useEffect, useMemo, useState } from 'react';
import type { Moment } from '../../datamodel/cluster/command.ts';
import type { PrintedLine, Tool } from '../../datamodel/cluster/printed.ts';
import type { Conversation } from '../../datamodel/flow/trace.ts';
import type { NetnsId } from '../../datamodel/network/netnsId.ts';
import { words } from '../../store/words.ts';
import { useApp, useSession } from '../session.ts';
import { timelineOf } from '../timelines.ts';
import { LEARNING_TOOLS, tableOf } from './toolOf.ts';

/** What a tool prints. Lines of the moment before stay until the new ones are there, if they are of the same table. */
export interface Printed {
  readonly lines: readonly PrintedLine[] | undefined;
  readonly problem: string | undefined;
  /** The moment of a conversation that is asked for; absent: now. */
  readonly at: Moment | undefined;
  readonly retry: () => void;
}

interface Answer {
  readonly key: string;
  readonly table: string;
  readonly lines?: readonly PrintedLine[];
  readonly problem?: string;
}

const MOST_KEPT = 40;

export function usePrinted(netns: NetnsId | undefined, tool: Tool): Printed {
  const session = useSession();
  const revision = useApp((state) => state.cluster.view?.revision);
  const conversation = useApp((state) => state.traffic.conversation);
  // what agents and people write changes with the moment only where somebody changed it in the conversation's midst
  const moves = LEARNING_TOOLS.has(tool) || conversation?.changes !== undefined;
  const step = useApp((state) => (moves ? state.playback.step : undefined));
  const playing = useApp((state) => moves && state.playback.playing);
  const [answer, setAnswer] = useState<Answer | undefined>(undefined);
  const [attempt, setAttempt] = useState(0);
  const kept = useMemo(() => new Map<string, readonly PrintedLine[]>(), []);

  const at: Moment | undefined =
    // what ran before the tables were edited tells nothing of the tables as they are
    conversation && step !== undefined && conversation.revision === revision
      ? { conversation: conversation.id, step }
      : undefined;
  const table = `${netns} ${tool}`;
  const change = conversation && at ? latestChange(conversation, at.step, netns, tool, !playing) : undefined;
  const key = at ? `${revision} ${table} ${at.conversation} ${change}` : `${revision} ${table}`;
  const atStep = at?.step;
  const ofConversation = at?.conversation;

  // biome-ignore lint/correctness/useExhaustiveDependencies: the key stands for all that the answer depends on
  useEffect(() => {
    if (netns === undefined || revision === undefined) return;
    const known = kept.get(key);
    if (known) {
      setAnswer({ key, table, lines: known });
      return;
    }
    let isWanted = true;
    const moment =
      atStep === undefined || ofConversation === undefined ? undefined : { conversation: ofConversation, step: atStep };
    session.print(netns, tool, moment).then(
      (lines) => {
        kept.set(key, lines);
        const oldest = kept.keys().next().value;
        if (kept.size > MOST_KEPT && oldest !== undefined) kept.delete(oldest);
        if (isWanted) setAnswer({ key, table, lines });
      },
      (error: unknown) => {
        if (isWanted) setAnswer({ key, table, problem: words(error) });
      },
    );
    return () => {
      isWanted = false;
    };
  }, [key, attempt]);

  const isSame = answer?.table === table;
  return {
    lines: isSame ? answer.lines : undefined,
    problem: isSame ? answer.problem : undefined,
    at,
    retry: () => setAttempt((before) => before + 1),
  };
}

/** The latest step that changed what the tool prints; the step itself where timers are shown and time stands still. */
function latestChange(
  conversation: Conversation,
  step: number,
  netns: NetnsId | undefined,
  tool: Tool,
  still: boolean,
): number {
  if (tool === 'conntrack' && still) return step;
  // a virtual server's counters are its connections
  const wanted = tool === 'ipvsadm' ? 'ipvs' : tableOf(tool);
  const { segments } = timelineOf(conversation);
  const now = segments.findLast((segment) => segment.step.id <= step)?.step.time ?? conversation.start;
  // what is written by itself between two steps is not there yet at the first of them
  const changed =
    conversation.changes?.findLast(({ after, time }) => after < step || (after === step && time <= now))?.after ?? -1;
  const learned =
    segments.findLast(
      (segment) =>
        segment.step.id <= step &&
        segment.step.updates?.some((update) => update.netns === netns && update.table === wanted),
    )?.step.id ?? -1;
  // a change comes after what its step did
  return changed >= learned ? changed + 0.5 : learned;
}
