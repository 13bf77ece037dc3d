import type { AppState } from './appState.ts';
import { EMPTY_DRAFT } from './draft.ts';
import type { Preferences } from './preferences.ts';

/** Nothing is there yet but what a person preferred before. */
export function initialState(preferences: Preferences): AppState {
  return {
    cluster: {
      status: 'opening',
      view: undefined,
      failure: undefined,
      rebuilding: false,
      built: 0,
      lastChange: undefined,
      flip: undefined,
    },
    traffic: { conversation: undefined, track: undefined, sending: 0, lastFlow: undefined },
    playback: { playing: false, step: undefined, told: undefined },
    composer: { draft: EMPTY_DRAFT, problems: {}, from: undefined, to: undefined },
    manifests: { sources: undefined, open: undefined, edited: false, problems: [], loading: false },
    selection: {
      dock: 'iptables-save',
      pinned: undefined,
      followTable: true,
      walkedOnly: true,
      changed: false,
      pointed: undefined,
      toCommandLine: false,
      addresses: false,
      panel: undefined,
    },
    notices: [],
    preferences,
  };
}
