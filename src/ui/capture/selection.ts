import type { Conversation } from '../../datamodel/flow/trace.ts';
import type { CaptureSelection } from '../../print/conversationPcapng.ts';
import type { Timeline } from '../../scene/timeline.ts';

/** What a person chose of a conversation's frames. */
export interface Choice {
  readonly range: 'whole' | 'steps';
  /** 1-based places in the order of playback, both included; as they were typed. */
  readonly first: string;
  readonly last: string;
  /** An interface's name; empty: all. */
  readonly interface: string;
}

/** The choice as the writer wants it, or why it makes no sense. */
export function readChoice(
  choice: Choice,
  timeline: Timeline,
): { readonly ok: true; readonly selection: CaptureSelection } | { readonly ok: false; readonly problem: string } {
  const interfaces = choice.interface === '' ? {} : { interfaces: [choice.interface] };
  if (choice.range === 'whole') return { ok: true, selection: interfaces };
  const [first, last] = [numberOf(choice.first), numberOf(choice.last)];
  const most = timeline.segments.length;
  if (!(first >= 1 && first <= most && last >= 1 && last <= most))
    return { ok: false, problem: `Expected steps from 1 to ${most}` };
  if (first > last) return { ok: false, problem: 'The first step comes after the last' };
  // an ICMP error's cause is played before it and ends after it: the frames of both belong to the stretch
  const ids = timeline.segments.slice(first - 1, last).map(({ step }) => step.id);
  return { ok: true, selection: { ...interfaces, fromStep: Math.min(...ids), toStep: Math.max(...ids) } };
}

function numberOf(text: string): number {
  return /^\s*\d{1,9}\s*$/.test(text) ? Number(text) : Number.NaN;
}

/** `hopscope-frontend-to-10.96.42.10-http.pcapng`: letters that every file system takes. */
export function fileName({ flow }: Conversation): string {
  const to = flow.to.type === 'address' ? flow.to.address : flow.to.name;
  const name = `${flow.from.split('/').at(-1) ?? ''}-to-${to}-${flow.as}`;
  return `hopscope-${name.replaceAll(/[^\w.-]+/g, '_').slice(0, 150)}.pcapng`;
}

/** Hands the bytes to the browser as a file to keep. */
export function download(bytes: Uint8Array<ArrayBuffer>, name: string): void {
  const url = URL.createObjectURL(new Blob([bytes], { type: 'application/x-pcapng' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // the browser has read it once its download has begun, which is not before this task ends
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
