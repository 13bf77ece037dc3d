import { createStore, type StoreApi } from 'zustand/vanilla';
import type { CommandOutput } from '../datamodel/cluster/answer.ts';
import type { EntryRef } from '../datamodel/flow/step.ts';
import type { NetnsId } from '../datamodel/network/netnsId.ts';
import type { Session } from './session.ts';
import { tableOfCommand } from './tableOfCommand.ts';
import { HELP } from './terminalHelp.ts';

/** `error` and `aside` are standard error: of a command that failed, and of one that went well. */
export type LineKind = 'typed' | 'output' | 'error' | 'aside' | 'note';

export interface TerminalLine {
  /** Unique in its session. */
  readonly id: number;
  readonly kind: LineKind;
  readonly text: string;
  /** The table entry that it stands for. */
  readonly entry?: EntryRef;
}

/** One namespace's command line. */
export interface Screen {
  readonly lines: readonly TerminalLine[];
  /** Lines that were let go at the top. */
  readonly cut: number;
  /** What was entered, the oldest first. */
  readonly history: readonly string[];
  /** What is typed and not entered. */
  readonly draft: string;
}

export type Screens = ReadonlyMap<NetnsId, Screen>;

export const MOST_LINES = 500;
export const MOST_HISTORY = 100;
const MOST_SCREENS = 64;
export const EMPTY_SCREEN: Screen = { lines: [], cut: 0, history: [], draft: '' };

type NewLine = Omit<TerminalLine, 'id'>;

/** The command lines of one session: what was typed and printed in every namespace. Lines run one after the other. */
export class Terminal {
  readonly store: StoreApi<Screens>;
  readonly #session: Session;
  #lines = 0;
  #last: Promise<void> = Promise.resolve();

  constructor(session: Session) {
    this.#session = session;
    this.store = createStore<Screens>(() => new Map());
    session.store.subscribe(({ cluster }, { cluster: before }) => {
      // what waits for a simulation that is lost waits for ever
      if (cluster.status === 'failed') this.#last = Promise.resolve();
      if (cluster.built !== before.built && cluster.built > 0) this.#rebuilt();
    });
  }

  screen(netns: NetnsId): Screen {
    return this.store.getState().get(netns) ?? EMPTY_SCREEN;
  }

  setDraft(netns: NetnsId, draft: string): void {
    this.#change(netns, { draft });
  }

  /** Runs a line as if it had been typed, once those before it have ended. */
  enter(netns: NetnsId, line: string): Promise<void> {
    const { history } = this.screen(netns);
    const text = line.trim();
    if (text !== '' && history.at(-1) !== text) {
      this.#change(netns, { draft: '', history: [...history, text].slice(-MOST_HISTORY) });
    } else this.#change(netns, { draft: '' });
    const run = this.#last.then(() => this.#run(netns, line));
    this.#last = run;
    return run;
  }

  /** Gives a half-typed line up, as ^C does. */
  abandon(netns: NetnsId): void {
    this.#print(netns, [{ kind: 'typed', text: `${promptOf(netns)} ${this.screen(netns).draft}^C` }]);
    this.#change(netns, { draft: '' });
  }

  clear(netns: NetnsId): void {
    this.#change(netns, { lines: [], cut: 0 });
  }

  async #run(netns: NetnsId, line: string): Promise<void> {
    this.#print(netns, [{ kind: 'typed', text: `${promptOf(netns)} ${line}` }]);
    switch (line.trim()) {
      case '':
        return;
      case 'clear':
        return this.clear(netns);
      case 'help':
        return this.#print(netns, HELP.map(output));
      case 'history':
        return this.#print(
          netns,
          this.screen(netns).history.map((each, i) => output(`${String(i + 1).padStart(5)}  ${each}`)),
        );
      default: {
        const result = await this.#session.exec(netns, line.trim());
        this.#print(
          netns,
          result ? printed(netns, line, result) : [{ kind: 'note', text: 'The simulation did not answer.' }],
        );
      }
    }
  }

  #print(netns: NetnsId, added: readonly NewLine[]): void {
    const { lines, cut } = this.screen(netns);
    // a line that is printed and let go at once needs no number
    const kept = added.slice(-MOST_LINES).map((line) => ({ ...line, id: ++this.#lines }));
    const all = [...lines, ...kept].slice(-MOST_LINES);
    this.#change(netns, { lines: all, cut: cut + lines.length + added.length - all.length });
  }

  #rebuilt(): void {
    const { view } = this.#session.store.getState().cluster;
    const known = new Set(
      [view?.nodes, view?.pods, view?.outside, view?.underlay.routers].flatMap((group) =>
        group?.map((each) => each.netns),
      ),
    );
    this.store.setState(new Map([...this.store.getState()].filter(([netns]) => known.has(netns))), true);
    for (const [netns, { lines }] of this.store.getState()) {
      if (lines.length > 0)
        this.#print(netns, [{ kind: 'note', text: 'The cluster was rebuilt: what was changed before is gone.' }]);
    }
  }

  #change(netns: NetnsId, change: Partial<Screen>): void {
    const screens = new Map(this.store.getState());
    const screen = { ...this.screen(netns), ...change };
    // used last, forgotten last
    screens.delete(netns);
    screens.set(netns, screen);
    const [oldest] = screens.keys();
    if (screens.size > MOST_SCREENS && oldest !== undefined) screens.delete(oldest);
    this.store.setState(screens, true);
  }
}

/** What a shell shows before one types: `root@worker-01:~#` on a host, `frontend-x2k9p:/#` in a Pod. */
export function promptOf(netns: NetnsId): string {
  const [kind, ...rest] = netns.split('/');
  if (kind === 'pod') return `${rest.at(-1)}:/#`;
  return `root@${kind === 'node' ? rest.join('/') : netns}:~#`;
}

function output(text: string): NewLine {
  return { kind: 'output', text };
}

function printed(netns: NetnsId, line: string, { lines, errors, exitCode }: CommandOutput): readonly NewLine[] {
  const table = tableOfCommand(line);
  const kind = exitCode === 0 ? 'aside' : 'error';
  return [
    ...lines.map(({ text, entry }) =>
      entry !== undefined && table ? { ...output(text), entry: { netns, table, id: entry } } : output(text),
    ),
    ...(errors === '' ? [] : errors.split('\n').map((text) => ({ kind, text }) as const)),
    ...(exitCode === 0 ? [] : [{ kind: 'note', text: `exit code ${exitCode}` } as const]),
  ];
}
