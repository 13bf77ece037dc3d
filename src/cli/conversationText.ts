import { assertUnreachable } from '../base/assertUnreachable.ts';
import type { ClusterView } from '../datamodel/cluster/view.ts';
import type { Conversation, Disposition, Trace } from '../datamodel/flow/trace.ts';
import { advise, kernelName } from '../scene/advice/advise.ts';
import { type Names, namesOf } from '../scene/names.ts';
import { narrate } from '../scene/narration.ts';

/** A conversation in plain words: every packet with its hops, every step with its sentence, and how it ended. */
export function conversationText(conversation: Conversation, cluster: ClusterView): string {
  const names = namesOf(cluster);
  const packets = conversation.traces.map((trace) => traceText(trace, names, conversation.start));
  const outcomes = conversation.outcomes.map((outcome) => `${outcome.type}: ${outcome.text}`);
  const spent = conversation.budgetSpent ? ['stopped: the event budget was spent before everything had settled'] : [];
  return `${[...packets, ...outcomes, ...spent].join('\n')}\n`;
}

function traceText(trace: Trace, names: Names, start: number): string {
  const first = trace.hops[0]?.steps[0];
  const at = first === undefined ? '' : `  +${((first.time - start) / 1e6).toFixed(3)} ms`;
  const lines = [`${trace.label} (packet ${trace.id}${originText(trace)})${at}`];
  for (const hop of trace.hops) {
    lines.push(`  ${hop.netns}`);
    for (const step of hop.steps) {
      lines.push(`    ${narrate(step, trace, names)}`);
      if (step.type === 'drop') lines.push(`    ${kernelName(step.reason)}. What to do: ${advise(step, trace, names)}`);
    }
  }
  lines.push(`  = ${dispositionText(trace.disposition)}`, '');
  return lines.join('\n');
}

function originText({ origin }: Trace): string {
  switch (origin.type) {
    case 'flow':
      return '';
    case 'copy':
      return `, a copy of packet ${origin.trace}`;
    case 'caused':
      return `, because of packet ${origin.trace}`;
    default:
      return assertUnreachable(origin);
  }
}

function dispositionText(disposition: Disposition): string {
  switch (disposition.type) {
    case 'delivered':
      return `delivered in ${disposition.netns} to ${disposition.to}`;
    case 'dropped':
      return `dropped in ${disposition.netns}: ${disposition.reason}: ${disposition.because}`;
    case 'split':
      return `went on as ${disposition.into} packets in ${disposition.netns}`;
    case 'merged':
      return `became part of packet ${disposition.into} in ${disposition.netns}`;
    case 'ignored':
      return `ignored in ${disposition.netns}: ${disposition.because}`;
    case 'unfinished':
      return `still under way in ${disposition.netns}`;
    default:
      return assertUnreachable(disposition);
  }
}
