import { readFileSync } from 'node:fs';

/** What real BIRD 2.0.12 said, by its commands and the kernel's: by phase, speaker and command, lines without the spaces at their end, times as zeros. */
export type RecordedPhases = ReadonlyMap<string, ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>>;

/** A line of `ip monitor route`, seconds after the first BIRD was started. */
export interface RecordedChange {
  readonly at: number;
  readonly speaker: string;
  readonly text: string;
}

export function recordedPhases(name: string): RecordedPhases {
  const phases = new Map<string, Map<string, Map<string, readonly string[]>>>();
  for (const phase of read(`${name}.txt`).split(/^=== /m).slice(1)) {
    const [title = '', ...sections] = phase.split(/^--- /m);
    const speakers = new Map<string, Map<string, readonly string[]>>();
    for (const section of sections) {
      const [head = '', ...lines] = section.trimEnd().split('\n');
      const [, speaker = '', command = ''] = /^(\S+) (.*)$/.exec(head) ?? [];
      const commands = speakers.get(speaker) ?? new Map<string, readonly string[]>();
      speakers.set(speaker, commands.set(command, lines));
    }
    phases.set(title.trim(), speakers);
  }
  return phases;
}

export function recordedChanges(name: 'mesh' | 'leafspine'): readonly RecordedChange[] {
  return read(`${name}Monitor.txt`)
    .trimEnd()
    .split('\n')
    .map((line) => {
      const [, at = '', speaker = '', text = ''] = /^(\S+) (\S+) (.*)$/.exec(line) ?? [];
      return { at: Number(at), speaker, text };
    });
}

function read(name: string): string {
  return readFileSync(new URL(`../captured/${name}`, import.meta.url), 'utf8');
}
