import type { StoreApi } from 'zustand/vanilla';
import type { AppState, Notice } from './appState.ts';

const MOST_NOTICES = 4;

/** What has happened and is worth a word. */
export class Notices {
  readonly #store: StoreApi<AppState>;
  #count = 0;

  constructor(store: StoreApi<AppState>) {
    this.#store = store;
  }

  add(kind: Notice['kind'], title: string, text: string): void {
    const notice = { id: ++this.#count, kind, title, text };
    // what was news before is not any more
    const stays = (each: Notice): boolean => each.kind === 'trouble';
    this.#store.setState((state) => ({
      notices: [...(kind === 'news' ? state.notices.filter(stays) : state.notices), notice].slice(-MOST_NOTICES),
    }));
  }

  dismiss(notice: number): void {
    this.#store.setState((state) => ({ notices: state.notices.filter((each) => each.id !== notice) }));
  }
}
