import type { StoreApi } from 'zustand/vanilla';
import type { AppState, ManifestsSlice } from './appState.ts';

/** What the manifest editor holds. Nothing of it is in force before it is loaded. */
export class ManifestDesk {
  readonly #store: StoreApi<AppState>;

  constructor(store: StoreApi<AppState>) {
    this.#store = store;
  }

  edit(name: string, text: string): void {
    const { sources } = this.#store.getState().manifests;
    const known = sources?.find((source) => source.name === name);
    if (!sources || known?.text === text) return;
    this.set({
      sources: sources.map((source) => (source.name === name ? { name, text } : source)),
      edited: true,
    });
  }

  /** Shows another of the sources. */
  open(name: string): void {
    this.set({ open: name });
  }

  set(change: Partial<ManifestsSlice>): void {
    this.#store.setState((state) => ({ manifests: { ...state.manifests, ...change } }));
  }
}
