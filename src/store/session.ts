import { createStore, type StoreApi } from 'zustand/vanilla';
import type { Moment } from '../datamodel/cluster/answer.ts';
import type { ClusterSettings, ManifestSource } from '../datamodel/cluster/command.ts';
import type { PrintedLine, Tool } from '../datamodel/cluster/printed.ts';
import type { ClusterView } from '../datamodel/cluster/view.ts';
import type { NetnsId } from '../datamodel/network/netnsId.ts';
import type { SimulationClient } from '../worker/client.ts';
import type { AppState, ManifestsSlice, Notice, SelectionSlice } from './appState.ts';
import type { Frames } from './clock.ts';
import { type Draft, EMPTY_DRAFT, readDraft } from './draft.ts';
import { clusterNews, loadedNews, words } from './news.ts';
import { Playback } from './playback.ts';
import { type PreferenceStorage, type Preferences, readPreferences, writePreferences } from './preferences.ts';
import { firstDraft } from './suggest.ts';
import type { LayOut } from './track.ts';

/** What a session needs from outside. */
export interface SessionParts {
  /** Starts a simulation. Called again when the one before has failed. */
  readonly connect: (onFailure: (message: string) => void) => SimulationClient;
  readonly layOut: LayOut;
  readonly frames: Frames;
  /** Milliseconds, from any beginning. */
  readonly now: () => number;
  readonly storage?: PreferenceStorage | undefined;
}

/** Typing is given so long to come to a rest before the simulation is asked what it means. */
const RESOLVE_AFTER = 120;
const MOST_NOTICES = 4;

/**
 * One person's work with one simulation: the only writer of {@link AppState}.
 *
 * Every change of the cluster is a command to the simulation; answers that are out of date when they come (another send, a
 * flip, a new simulation since) change nothing that is shown.
 */
export class Session {
  readonly store: StoreApi<AppState>;
  readonly playback: Playback;
  readonly #parts: SessionParts;
  #client: SimulationClient;
  /** Counts simulations: answers of one that was given up are nobody's. */
  #epoch = 0;
  #sends = 0;
  #rebuilds = 0;
  #resolves = 0;
  #notices = 0;
  #resolveTimer: ReturnType<typeof setTimeout> | undefined;
  #lastDraft: Draft | undefined;
  #sample: readonly ManifestSource[] | undefined;

  constructor(parts: SessionParts) {
    this.#parts = parts;
    this.store = createStore<AppState>(() => initialState(readPreferences(parts.storage)));
    this.playback = new Playback(this.store, parts.frames, parts.now);
    this.#client = this.#connect();
  }

  /** Shows the cluster that the simulation opened on and sends its request once. */
  async open(): Promise<void> {
    const epoch = this.#epoch;
    try {
      const view = await this.#client.cluster();
      if (epoch !== this.#epoch) return;
      this.#adopt(view);
      this.#setDraft(firstDraft(view));
      await this.send();
    } catch (error) {
      this.#fail(words(error), epoch);
    }
  }

  /** Begins again with a new simulation. */
  async restart(): Promise<void> {
    this.#client = this.#connect();
    const { preferences } = this.store.getState();
    this.store.setState(initialState(preferences));
    this.playback.open(undefined, undefined);
    await this.open();
  }

  /** Sends what the composer says. */
  async send(): Promise<void> {
    await this.#send(this.store.getState().composer.draft);
  }

  /** Sends the last request once more, whatever the composer says now. */
  async repeat(): Promise<void> {
    await this.#send(this.#lastDraft ?? this.store.getState().composer.draft);
  }

  /** Rebuilds the cluster with other settings and sends the last request again. */
  async configure(settings: Partial<ClusterSettings>): Promise<void> {
    const before = this.store.getState().cluster.view;
    await this.#rebuild('The cluster could not be rebuilt', async (epoch, order) => {
      const applied = await this.#client.apply({ type: 'configure', settings });
      if (epoch !== this.#epoch) return;
      if (!applied.ok) {
        this.#notice('trouble', 'The cluster stays as it was', applied.problems.map((each) => each.message).join(' '));
        return;
      }
      this.#adopt(applied.cluster);
      if (order !== this.#rebuilds) return;
      this.#notice('news', ...clusterNews(before, applied.cluster));
      if (this.#lastDraft) await this.#send(this.#lastDraft);
    });
  }

  /** Replaces the cluster by what the manifests describe, or changes nothing and says why. */
  async load(sources: readonly ManifestSource[]): Promise<void> {
    this.#manifests({ sources, loading: true, edited: true });
    await this.#rebuild('The manifests could not be loaded', async (epoch, order) => {
      try {
        this.#sample ??= await this.#client.sources();
        const applied = await this.#client.apply({ type: 'load', sources });
        if (epoch !== this.#epoch) return;
        if (applied.ok) this.#adopt(applied.cluster);
        if (order !== this.#rebuilds) return;
        if (!applied.ok) {
          const open = applied.problems[0]?.source ?? this.store.getState().manifests.open;
          this.#manifests({ problems: applied.problems, open });
          return;
        }
        this.#manifests({ problems: [], edited: false });
        this.#lastDraft = undefined;
        this.#setDraft(firstDraft(applied.cluster));
        this.#notice('news', ...loadedNews(applied.cluster));
      } finally {
        if (epoch === this.#epoch && order === this.#rebuilds) this.#manifests({ loading: false });
      }
    });
  }

  /** Asks for the manifests in force, unless the editor already holds some. */
  async openManifests(): Promise<void> {
    if (this.store.getState().manifests.sources) return;
    const epoch = this.#epoch;
    try {
      const sources = await this.#client.sources();
      if (epoch !== this.#epoch || this.store.getState().manifests.sources) return;
      this.#sample ??= sources;
      this.#manifests({ sources, open: sources[0]?.name });
    } catch (error) {
      this.#trouble('The manifests cannot be shown', error, epoch);
    }
  }

  /** The editor's text has changed; nothing else does before it is loaded. */
  editManifest(name: string, text: string): void {
    const { sources } = this.store.getState().manifests;
    const known = sources?.find((source) => source.name === name);
    if (!sources || known?.text === text) return;
    this.#manifests({
      sources: sources.map((source) => (source.name === name ? { name, text } : source)),
      edited: true,
    });
  }

  openSource(name: string): void {
    this.#manifests({ open: name });
  }

  /** Loads what was dropped, pasted or opened, and shows it in the editor. */
  async loadFiles(sources: readonly ManifestSource[]): Promise<void> {
    this.select({ dock: 'manifests' });
    this.#manifests({ sources, open: sources[0]?.name, problems: [] });
    await this.load(sources);
  }

  async loadSample(): Promise<void> {
    const sample = this.#sample;
    if (!sample) return;
    this.#manifests({ sources: sample, open: sample[0]?.name, problems: [] });
    await this.load(sample);
  }

  /** Changes some of the composer's fields. */
  edit(change: Partial<Draft>): void {
    this.#setDraft({ ...this.store.getState().composer.draft, ...change });
  }

  print(netns: NetnsId, tool: Tool, at: Moment | undefined): Promise<readonly PrintedLine[]> {
    return at ? this.#client.print(netns, tool, at) : this.#client.print(netns, tool);
  }

  select(change: Partial<SelectionSlice>): void {
    this.store.setState((state) => ({ selection: { ...state.selection, ...change } }));
  }

  prefer(change: Partial<Preferences>): void {
    const preferences = { ...this.store.getState().preferences, ...change };
    this.store.setState({ preferences });
    writePreferences(this.#parts.storage, preferences);
    this.playback.clock.setSpeed(preferences.speed);
    if (change.follow !== undefined) this.playback.refollow();
  }

  dismiss(notice: number): void {
    this.store.setState((state) => ({ notices: state.notices.filter((each) => each.id !== notice) }));
  }

  /** Says something in passing. */
  say(kind: Notice['kind'], title: string, text: string): void {
    this.#notice(kind, title, text);
  }

  async #send(draft: Draft): Promise<void> {
    const epoch = this.#epoch;
    const rebuilds = this.#rebuilds;
    const order = ++this.#sends;
    const isLatest = (): boolean => epoch === this.#epoch && order === this.#sends && rebuilds === this.#rebuilds;
    this.#sending(1);
    try {
      const [from, to] = await Promise.all([
        this.#client.resolve(draft.from, 'from'),
        this.#client.resolve(draft.to, 'to'),
      ]);
      if (epoch !== this.#epoch) return;
      const reading = readDraft(draft, from, to);
      if (!reading.ok) {
        if (!isLatest()) return;
        this.#composer({ problems: reading.problems });
        this.select({ panel: 'composer' });
        return;
      }
      this.#lastDraft = draft;
      const applied = await this.#client.apply({ type: 'send', flow: reading.flow });
      if (epoch !== this.#epoch) return;
      if (!applied.ok) {
        this.#notice('trouble', 'Nothing was sent', applied.problems.map((each) => each.message).join(' '));
        return;
      }
      this.#adopt(applied.cluster, true);
      const { conversation } = applied;
      if (!conversation || !isLatest() || conversation.revision !== this.store.getState().cluster.view?.revision)
        return;
      this.#composer({ problems: {} });
      this.store.setState((state) => ({ traffic: { ...state.traffic, lastFlow: reading.flow } }));
      this.playback.open(conversation, this.#parts.layOut(conversation));
      this.playback.clock.play();
    } catch (error) {
      this.#trouble('Nothing was sent', error, epoch);
    } finally {
      if (epoch === this.#epoch) this.#sending(-1);
    }
  }

  async #rebuild(trouble: string, run: (epoch: number, order: number) => Promise<void>): Promise<void> {
    const epoch = this.#epoch;
    const order = ++this.#rebuilds;
    this.store.setState((state) => ({ cluster: { ...state.cluster, rebuilding: true } }));
    try {
      await run(epoch, order);
    } catch (error) {
      this.#trouble(trouble, error, epoch);
    } finally {
      if (epoch === this.#epoch && order === this.#rebuilds) {
        this.store.setState((state) => ({ cluster: { ...state.cluster, rebuilding: false } }));
      }
    }
  }

  /** Shows a cluster unless a newer one is shown. What ran on an older one is taken down, unless only guests came. */
  #adopt(view: ClusterView, sameCluster = false): void {
    const shown = this.store.getState().cluster.view;
    if (shown && view.revision < shown.revision) return;
    if (shown?.revision === view.revision) return;
    this.store.setState((state) => ({ cluster: { ...state.cluster, status: 'ready', view, failure: undefined } }));
    const { pinned } = this.store.getState().selection;
    if (pinned !== undefined && !hasNetns(view, pinned)) this.select({ pinned: undefined });
    if (!sameCluster) this.playback.open(undefined, undefined);
  }

  #setDraft(draft: Draft): void {
    const { draft: before, problems } = this.store.getState().composer;
    const changed = (field: keyof Draft): boolean => draft[field] !== before[field];
    const left = Object.entries(problems).filter(([field]) => !changed(field as keyof Draft));
    this.#composer({
      draft: changed('to') && !changed('pick') ? { ...draft, pick: '' } : draft,
      problems: Object.fromEntries(left),
    });
    if (!changed('from') && !changed('to')) return;
    // what was wrong with the text before is not said of the one that stands there now
    const { from, to } = this.store.getState().composer;
    if (changed('from') && from?.ok === false) this.#composer({ from: undefined });
    if (changed('to') && to?.ok === false) this.#composer({ to: undefined });
    clearTimeout(this.#resolveTimer);
    this.#resolveTimer = setTimeout(() => void this.#resolve(), RESOLVE_AFTER);
  }

  async #resolve(): Promise<void> {
    const order = ++this.#resolves;
    const epoch = this.#epoch;
    const { draft } = this.store.getState().composer;
    try {
      const [from, to] = await Promise.all([
        this.#client.resolve(draft.from, 'from'),
        this.#client.resolve(draft.to, 'to'),
      ]);
      if (order === this.#resolves && epoch === this.#epoch) this.#composer({ from, to });
    } catch (error) {
      this.#trouble('The simulation does not answer', error, epoch);
    }
  }

  #connect(): SimulationClient {
    const epoch = ++this.#epoch;
    return this.#parts.connect((message) => this.#fail(message, epoch));
  }

  /** The simulation as a whole is lost: calls that wait for it will wait for ever, so nothing may wait for them. */
  #fail(message: string, epoch: number): void {
    if (epoch !== this.#epoch) return;
    this.#epoch++;
    this.playback.clock.pause();
    this.store.setState((state) => ({
      cluster: { ...state.cluster, status: 'failed', failure: message, rebuilding: false },
      traffic: { ...state.traffic, sending: 0 },
      manifests: { ...state.manifests, loading: false },
    }));
  }

  #trouble(title: string, error: unknown, epoch: number): void {
    if (epoch === this.#epoch) this.#notice('trouble', title, words(error));
  }

  #notice(kind: Notice['kind'], title: string, text: string): void {
    const notice = { id: ++this.#notices, kind, title, text };
    // what was news before is not any more
    const stays = (each: Notice): boolean => each.kind === 'trouble';
    this.store.setState((state) => ({
      notices: [...(kind === 'news' ? state.notices.filter(stays) : state.notices), notice].slice(-MOST_NOTICES),
    }));
  }

  #sending(by: 1 | -1): void {
    this.store.setState((state) => ({ traffic: { ...state.traffic, sending: state.traffic.sending + by } }));
  }

  #composer(change: Partial<AppState['composer']>): void {
    this.store.setState((state) => ({ composer: { ...state.composer, ...change } }));
  }

  #manifests(change: Partial<ManifestsSlice>): void {
    this.store.setState((state) => ({ manifests: { ...state.manifests, ...change } }));
  }
}

function hasNetns(view: ClusterView, netns: NetnsId): boolean {
  return [view.nodes, view.pods, view.outside].some((group) => group.some((each) => each.netns === netns));
}

function initialState(preferences: Preferences): AppState {
  return {
    cluster: { status: 'opening', view: undefined, failure: undefined, rebuilding: false },
    traffic: { conversation: undefined, track: undefined, sending: 0, lastFlow: undefined },
    playback: { playing: false, step: undefined, told: undefined },
    composer: { draft: EMPTY_DRAFT, problems: {}, from: undefined, to: undefined },
    manifests: { sources: undefined, open: undefined, edited: false, problems: [], loading: false },
    selection: {
      dock: 'iptables-save',
      pinned: undefined,
      followTable: true,
      walkedOnly: true,
      pointed: undefined,
      panel: undefined,
    },
    notices: [],
    preferences,
  };
}
