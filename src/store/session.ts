import { createStore, type StoreApi } from 'zustand/vanilla';
import type { BgpDeed } from '../datamodel/bgp/operation.ts';
import type { Applied, CommandOutput } from '../datamodel/cluster/answer.ts';
import type { ClusterSettings, InPlace, ManifestSource, Moment } from '../datamodel/cluster/command.ts';
import type { Operation } from '../datamodel/cluster/operation.ts';
import type { PrintedLine, Tool } from '../datamodel/cluster/printed.ts';
import type { ClusterView } from '../datamodel/cluster/view.ts';
import type { Conversation } from '../datamodel/flow/trace.ts';
import type { NetnsId } from '../datamodel/network/netnsId.ts';
import type { Owner } from '../datamodel/network/tables.ts';
import type { SimulationClient } from '../worker/client.ts';
import { adopted } from './adopted.ts';
import type { AppState, Flip, SelectionSlice } from './appState.ts';
import type { Frames } from './clock.ts';
import { type ComparisonAnswer, compareDraft, type TwoSettings } from './comparing.ts';
import { Composing } from './composing.ts';
import { type Draft, readDraft } from './draft.ts';
import { hasNetns } from './hasNetns.ts';
import { initialState } from './initialState.ts';
import type { Change } from './lastChange.ts';
import { loadNews, type News } from './loadNews.ts';
import { ManifestDesk } from './manifestDesk.ts';
import { Notices } from './notices.ts';
import { Playback } from './playback.ts';
import { type PreferenceStorage, type Preferences, readPreferences, writePreferences } from './preferences.ts';
import { firstDraft } from './suggest.ts';
import type { LayOut } from './track.ts';
import { problemsInWords, words } from './words.ts';

type Beside = 'compare' | 'weigh' | 'cost' | 'bgp' | 'addresses' | 'leases' | 'podChain' | 'complete' | 'offers';

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

type Made = Extract<Applied, { readonly ok: true }>;

/**
 * One person's work with one simulation: the only writer of {@link AppState}.
 *
 * Every change of the cluster is a command to the simulation; answers that are out of date when they come (another send, a
 * flip, a new simulation since) change nothing that is shown.
 */
export class Session {
  readonly store: StoreApi<AppState>;
  readonly playback: Playback;
  readonly notices: Notices;
  readonly manifests: ManifestDesk;
  readonly #parts: SessionParts;
  readonly #composing: Composing;
  #client: SimulationClient;
  /** Counts simulations: answers of one that was given up are nobody's. */
  #epoch = 0;
  #sends = 0;
  #rebuilds = 0;
  #lastDraft: Draft | undefined;
  #sample: readonly ManifestSource[] | undefined;

  constructor(parts: SessionParts) {
    this.#parts = parts;
    this.store = createStore<AppState>(() => initialState(readPreferences(parts.storage)));
    this.notices = new Notices(this.store);
    this.manifests = new ManifestDesk(this.store);
    this.playback = new Playback(this.store, parts.frames, parts.now);
    this.#composing = new Composing(this.store, {
      resolve: async (text, role) => {
        const epoch = this.#epoch;
        try {
          const resolved = await this.#client.resolve(text, role);
          return epoch === this.#epoch ? resolved : undefined;
        } catch (error) {
          if (epoch === this.#epoch) throw error;
          return undefined;
        }
      },
      onTrouble: (error) => this.#trouble('The simulation does not answer', error, this.#epoch),
    });
    this.#client = this.#connect();
  }

  /** Shows the cluster that the simulation opened on and sends its request once. */
  async open(): Promise<void> {
    const epoch = this.#epoch;
    try {
      const view = await this.#client.cluster();
      if (epoch !== this.#epoch) return;
      this.#adopt(view);
      this.#composing.setDraft(firstDraft(view));
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

  /** Sends what the composer says. @returns what is shown of it; undefined when nothing is. */
  async send(): Promise<Conversation | undefined> {
    return this.#send(this.store.getState().composer.draft);
  }

  /** Sends the last request once more, whatever the composer says now. */
  async repeat(): Promise<void> {
    await this.#send(this.#lastDraft ?? this.store.getState().composer.draft);
  }

  /**
   * Other settings: agents that take them up do so at the moment that is shown, and packets under way meet what they write;
   * for anything else the cluster is rebuilt and the last request sent again.
   *
   * @param inPlace a CNI is changed under the Pods that there are, at the moment that is shown.
   */
  async configure(settings: Partial<ClusterSettings>, inPlace?: InPlace): Promise<void> {
    const before = this.store.getState().cluster.view;
    await this.#rebuild('The cluster could not be rebuilt', async (epoch, order) => {
      const shown = this.store.getState().traffic.conversation;
      const change: Change = { type: 'configure', settings, ...(inPlace && { inPlace }) };
      const [applied, news] = await Promise.all([this.#client.apply(this.#now(change)), loadNews()]);
      if (epoch !== this.#epoch) return;
      if (!applied.ok) {
        this.notices.add('trouble', 'The cluster stays as it was', problemsInWords(applied.problems));
        return;
      }
      if (!applied.rebuilt) {
        this.#meet(change, applied, shown, news);
        if (inPlace) this.setFlip(before && { before, after: applied.cluster, inPlace: true });
        if (before && before.proxyMode !== applied.cluster.proxyMode)
          this.notices.add('news', ...news.proxyNews(before, applied.cluster));
        return;
      }
      this.#adopt(applied.cluster);
      if (order !== this.#rebuilds) return;
      this.notices.add('news', ...news.clusterNews(before, applied.cluster));
      this.setFlip(news.flipOf(before, applied.cluster));
      if (this.#lastDraft) await this.#send(this.#lastDraft);
    });
  }

  /** Replaces the cluster by what the manifests describe, or changes nothing and says why. */
  async load(sources: readonly ManifestSource[]): Promise<void> {
    this.manifests.set({ sources, loading: true, edited: true });
    await this.#rebuild('The manifests could not be loaded', async (epoch, order) => {
      try {
        this.#sample ??= await this.#client.sources();
        const [applied, news] = await Promise.all([this.#client.apply({ type: 'load', sources }), loadNews()]);
        if (epoch !== this.#epoch) return;
        if (applied.ok) this.#adopt(applied.cluster);
        if (order !== this.#rebuilds) return;
        if (!applied.ok) {
          const open = applied.problems[0]?.source ?? this.store.getState().manifests.open;
          this.manifests.set({ problems: applied.problems, open });
          return;
        }
        this.manifests.set({ problems: [], edited: false });
        this.#lastDraft = undefined;
        this.#composing.setDraft(firstDraft(applied.cluster));
        this.notices.add('news', ...news.loadedNews(applied.cluster));
      } finally {
        if (epoch === this.#epoch && order === this.#rebuilds) this.manifests.set({ loading: false });
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
      this.manifests.set({ sources, open: sources[0]?.name });
    } catch (error) {
      this.#trouble('The manifests cannot be shown', error, epoch);
    }
  }

  /** Loads what was dropped, pasted or opened, and shows it in the editor. */
  async loadFiles(sources: readonly ManifestSource[]): Promise<void> {
    this.select({ dock: 'manifests' });
    this.manifests.set({ sources, open: sources[0]?.name, problems: [] });
    await this.load(sources);
  }

  async loadSample(): Promise<void> {
    const sample = this.#sample;
    if (!sample) return;
    this.manifests.set({ sources: sample, open: sample[0]?.name, problems: [] });
    await this.load(sample);
  }

  /** Changes some of the composer's fields. */
  edit(change: Partial<Draft>): void {
    this.#composing.setDraft({ ...this.store.getState().composer.draft, ...change });
  }

  /**
   * Runs a command line in a namespace, at the moment that is shown: packets that are under way then meet what it changed.
   *
   * @returns what the tool printed; undefined when the simulation did not answer, which has been said.
   */
  exec(netns: NetnsId, line: string): Promise<CommandOutput | undefined> {
    return this.#change('The command could not be run', { type: 'exec', netns, line });
  }

  /** Takes one command's changes back, or all of them. */
  async undo(edit: number | 'all'): Promise<void> {
    await this.#change('The change could not be taken back', { type: 'undo', edit });
  }

  /** Cuts a cable, a machine or its BIRD at the moment that is shown. */
  async cut(does: BgpDeed): Promise<void> {
    await this.#change('It could not be cut', { type: 'cut', does });
  }

  /** Lets time pass, or go back, to so many seconds after what was done last to the network; what is sent then is sent at that time. */
  async wait(until: number): Promise<void> {
    await this.#change('Time could not pass', { type: 'wait', until });
  }

  /** Lets an agent write its entries in a namespace again. */
  async reconcile(netns: NetnsId, owner: Owner): Promise<void> {
    await this.#change(`${owner} could not write its entries again`, { type: 'reconcile', netns, owner });
  }

  /** Does something to the objects of the running cluster, at the moment that is shown. */
  async operate(operation: Operation): Promise<void> {
    await this.#change('The cluster stays as it was', { type: 'operate', operation });
  }

  /** What the composer's request would do under two settings; nothing changes. */
  compare(settings: TwoSettings): Promise<ComparisonAnswer> {
    return compareDraft(this.#client, this.store.getState().composer.draft, settings);
  }

  /**
   * Questions that change nothing and are answered beside the cluster: what Services cost, what BGP speakers do, who has which
   * address, how a Pod gets its network, what a word of a command line or an entry of a table could become.
   */
  get beside(): Pick<SimulationClient, Beside> {
    return this.#client;
  }

  print(netns: NetnsId, tool: Tool, at: Moment | undefined): Promise<readonly PrintedLine[]> {
    return at ? this.#client.print(netns, tool, at) : this.#client.print(netns, tool);
  }

  /** A table as it was before the last change. */
  printFormer(netns: NetnsId, tool: Tool): Promise<readonly PrintedLine[]> {
    return this.#client.printFormer(netns, tool);
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

  async #send(draft: Draft): Promise<Conversation | undefined> {
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
      if (epoch !== this.#epoch) return undefined;
      const reading = readDraft(draft, from, to);
      if (!reading.ok) {
        if (!isLatest()) return undefined;
        this.#composing.set({ problems: reading.problems });
        this.select({ panel: 'composer' });
        return undefined;
      }
      this.#lastDraft = draft;
      if (reading.flow.as === 'sctp') (await import('../wire/dissect/installSctp.ts')).installSctpDissector();
      const applied = await this.#client.apply({ type: 'send', flow: reading.flow });
      if (epoch !== this.#epoch) return undefined;
      if (!applied.ok) {
        this.notices.add('trouble', 'Nothing was sent', problemsInWords(applied.problems));
        return undefined;
      }
      this.#adopt(applied.cluster, true);
      const { conversation } = applied;
      if (!conversation || !isLatest() || conversation.revision !== this.store.getState().cluster.view?.revision)
        return undefined;
      this.#composing.set({ problems: {} });
      this.store.setState((state) => ({ traffic: { ...state.traffic, lastFlow: reading.flow } }));
      this.playback.open(conversation, this.#parts.layOut(conversation));
      this.playback.clock.play();
      return conversation;
    } catch (error) {
      this.#trouble('Nothing was sent', error, epoch);
      return undefined;
    } finally {
      if (epoch === this.#epoch) this.#sending(-1);
    }
  }

  /** Changes tables of the cluster that is shown; a conversation that it met in its midst is shown as it goes on. */
  async #change(trouble: string, change: Change): Promise<CommandOutput | undefined> {
    const epoch = this.#epoch;
    const { conversation } = this.store.getState().traffic;
    try {
      const [applied, news] = await Promise.all([this.#client.apply(this.#now(change)), loadNews()]);
      if (epoch !== this.#epoch) return undefined;
      if (!applied.ok) {
        if (!applied.output) this.notices.add('trouble', trouble, problemsInWords(applied.problems));
        return applied.output;
      }
      this.#meet(change, applied, conversation, news);
      return applied.output;
    } catch (error) {
      this.#trouble(trouble, error, epoch);
      return undefined;
    }
  }

  /** A change, made at the moment that is shown. */
  #now<T extends Change>(change: T): T {
    const { traffic, playback } = this.store.getState();
    if (change.type === 'wait' || !traffic.conversation || playback.step === undefined) return change;
    return { ...change, at: { conversation: traffic.conversation.id, step: playback.step } };
  }

  /** Shows a changed cluster, and how the conversation goes on that was shown when it changed. */
  #meet(change: Change, applied: Made, shown: Conversation | undefined, news: News): void {
    const last = news.lastChange(change, this.store.getState().cluster.view, applied.cluster);
    this.#adopt(applied.cluster, true);
    if (last) this.store.setState(({ cluster }) => ({ cluster: { ...cluster, lastChange: last } }));
    const { conversation, takenBack } = applied;
    if (takenBack) this.notices.add('news', ...news.takenBackNews(takenBack));
    if (conversation && this.store.getState().traffic.conversation === shown)
      this.playback.goOn(conversation, this.#parts.layOut(conversation));
  }

  /** Tells of a flip, or of none that is still of interest. */
  setFlip(flip: Flip | undefined): void {
    this.store.setState(({ cluster }) => ({ cluster: { ...cluster, flip } }));
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
    this.store.setState(({ cluster }) => ({ cluster: adopted(cluster, view, sameCluster) }));
    const { pinned } = this.store.getState().selection;
    if (pinned !== undefined && !hasNetns(view, pinned)) this.select({ pinned: undefined });
    if (!sameCluster) this.playback.open(undefined, undefined);
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
    if (epoch === this.#epoch) this.notices.add('trouble', title, words(error));
  }

  #sending(by: 1 | -1): void {
    this.store.setState((state) => ({ traffic: { ...state.traffic, sending: state.traffic.sending + by } }));
  }
}
