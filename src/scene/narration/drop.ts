import type { Step } from '../../datamodel/flow/step.ts';

/** Why a packet ends here, and what its sender hears of it. */
export function dropSentence(step: Extract<Step, { type: 'drop' }>, here: string): string {
  const because = step.because.trim().replace(/\.$/, '');
  // a program has let a system call fail: nothing was there to be dropped
  if (step.entry?.table === 'ebpf' && step.device === undefined) return `${here} sends nothing: ${because}`;
  const end = `${here} drops the packet (${step.reason})${because === '' ? '' : `: ${uncapitalised(because)}`}`;
  if (!step.icmp) return end;
  const { type, code, mtu } = step.icmp;
  return `${end}. It tells the sender so by ICMP ${type}/${code}${mtu === undefined ? '' : `, MTU ${mtu}`}`;
}

/** A sentence's beginning, as it reads after a colon; names and acronyms keep their capitals. */
function uncapitalised(text: string): string {
  return /^(The|No|A|An|It|Nobody|Nothing)\b/.test(text) ? `${text[0]!.toLowerCase()}${text.slice(1)}` : text;
}
