import type { StoreApi } from 'zustand/vanilla';
import type { ResolvedReference } from '../datamodel/cluster/answer.ts';
import type { AppState, ComposerSlice } from './appState.ts';
import type { Draft } from './draft.ts';

/** Typing is given so long to come to a rest before the simulation is asked what it means. */
const RESOLVE_AFTER = 120;

export interface ComposingParts {
  /** Asks the simulation in force; undefined: another one has taken its place meanwhile. */
  readonly resolve: (text: string, role: 'from' | 'to') => Promise<ResolvedReference | undefined>;
  readonly onTrouble: (error: unknown) => void;
}

/** The composer's fields, and what the simulation makes of both ends while they are typed. */
export class Composing {
  readonly #store: StoreApi<AppState>;
  readonly #parts: ComposingParts;
  #resolves = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(store: StoreApi<AppState>, parts: ComposingParts) {
    this.#store = store;
    this.#parts = parts;
  }

  setDraft(draft: Draft): void {
    const { draft: before, problems } = this.#store.getState().composer;
    const changed = (field: keyof Draft): boolean => draft[field] !== before[field];
    const left = Object.entries(problems).filter(([field]) => !changed(field as keyof Draft));
    this.set({
      draft: changed('to') && !changed('pick') ? { ...draft, pick: '' } : draft,
      problems: Object.fromEntries(left),
    });
    if (!changed('from') && !changed('to')) return;
    // what was wrong with the text before is not said of the one that stands there now
    const { from, to } = this.#store.getState().composer;
    if (changed('from') && from?.ok === false) this.set({ from: undefined });
    if (changed('to') && to?.ok === false) this.set({ to: undefined });
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#resolve(), RESOLVE_AFTER);
  }

  set(change: Partial<ComposerSlice>): void {
    this.#store.setState((state) => ({ composer: { ...state.composer, ...change } }));
  }

  async #resolve(): Promise<void> {
    const order = ++this.#resolves;
    const { draft } = this.#store.getState().composer;
    try {
      const [from, to] = await Promise.all([
        this.#parts.resolve(draft.from, 'from'),
        this.#parts.resolve(draft.to, 'to'),
      ]);
      if (order === this.#resolves && from && to) this.set({ from, to });
    } catch (error) {
      this.#parts.onTrouble(error);
    }
  }
}
