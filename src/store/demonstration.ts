import { createStore, type StoreApi } from 'zustand/vanilla';
import type { ProxyMode } from '../datamodel/cluster/command.ts';
import type { EditView } from '../datamodel/cluster/view.ts';
import type { Flow } from '../datamodel/flow/flow.ts';
import { stagedOn } from '../lessons/surprises/stagedOn.ts';
import type { Proof, Staging, Surprise } from '../lessons/surprises/surprise.ts';
import { EMPTY_DRAFT } from './draft.ts';
import { playTo } from './playTo.ts';
import type { Session } from './session.ts';
import { words } from './words.ts';

export interface DemonstrationState {
  /** The one that was begun last. */
  readonly surprise: Surprise | undefined;
  readonly status: DemonstrationStatus;
  /** What the cluster lacks for it. */
  readonly missing: string | undefined;
  /** Looked up in the conversation that is shown. */
  readonly proof: Proof | undefined;
  /** What it changed and is still in force. */
  readonly edits: readonly EditView[];
  /** The mode in which kube-proxy ran before, and the one that it was flipped to. */
  readonly flipped: { readonly from: ProxyMode; readonly to: ProxyMode; readonly leaves: boolean } | undefined;
}

/**
 * `otherwise`: it was sent, but what is shown does not prove it. `replaced`: something else has been sent since, or nothing
 * could be.
 */
export type DemonstrationStatus = 'none' | 'staging' | 'missing' | 'proved' | 'otherwise' | 'replaced';

const NOTHING: DemonstrationState = {
  surprise: undefined,
  status: 'none',
  missing: undefined,
  proof: undefined,
  edits: [],
  flipped: undefined,
};

/**
 * Shows surprises with the commands and the request that a person could type, one at a time, and takes back what it changed.
 *
 * People's own changes stay. Orders that come while another is carried out wait; of those only the last is carried out.
 */
export class Demonstration {
  readonly store: StoreApi<DemonstrationState> = createStore<DemonstrationState>(() => NOTHING);
  readonly #session: Session;
  #staging: Staging | undefined;
  /** What was sent for it, as the session remembers it. */
  #flow: Flow | undefined;
  #orders = 0;
  #busy: Promise<void> = Promise.resolve();

  constructor(session: Session) {
    this.#session = session;
    session.store.subscribe((now, before) => {
      if (now.cluster.view !== before.cluster.view) this.#keepEdits();
      const { conversation, lastFlow } = now.traffic;
      if (conversation !== before.traffic.conversation || lastFlow !== before.traffic.lastFlow) this.#look();
    });
  }

  /** Puts back what the one before changed, makes its own changes, sends its request and goes to what proves it. */
  show(surprise: Surprise): Promise<void> {
    this.#begin({ surprise, status: 'staging', missing: undefined, proof: undefined });
    return this.#inTurn(async (isWanted) => {
      await this.#takeBack();
      const { view } = this.#session.store.getState().cluster;
      if (!isWanted() || !view) return;
      const staging = stagedOn(surprise, view);
      if ('missing' in staging) {
        this.#set({ status: 'missing', missing: staging.missing });
        return;
      }
      await this.#flip(staging.proxyMode ?? 'iptables');
      if (!isWanted()) return;
      for (const { netns, line } of staging.commands) {
        const done = await this.#run(netns, line);
        if (!isWanted()) return;
        if (!done) return this.#set({ status: 'replaced' });
      }
      this.#session.edit({ ...EMPTY_DRAFT, ...staging.request });
      // another destination takes its endpoint away from a draft
      this.#session.edit({ pick: staging.request.pick ?? '' });
      const conversation = await this.#session.send();
      if (!isWanted()) return;
      this.#staging = staging;
      this.#flow = conversation && this.#session.store.getState().traffic.lastFlow;
      this.#look();
      if (conversation) this.toProof();
    });
  }

  /** Takes its changes back and is over. */
  putBack(): Promise<void> {
    this.#begin({ surprise: undefined, status: 'none', missing: undefined, proof: undefined });
    return this.#inTurn(() => this.#takeBack());
  }

  /** Plays up to what proves it, and opens the dock on the line if it is a line. */
  toProof(): void {
    const { proof } = this.store.getState();
    const { track } = this.#session.store.getState().traffic;
    if (!proof || !track) return;
    const { show } = proof;
    this.#session.select({ pinned: undefined, followTable: true, ...(show.type === 'line' && { dock: show.tool }) });
    playTo(this.#session.playback, track, proof.step);
  }

  #inTurn(run: (isWanted: () => boolean) => Promise<void>): Promise<void> {
    const order = ++this.#orders;
    const isWanted = (): boolean => order === this.#orders;
    this.#busy = this.#busy
      .then(() => (isWanted() ? run(isWanted) : undefined))
      .catch((error: unknown) => this.#session.notices.add('trouble', 'The surprise could not be shown', words(error)));
    return this.#busy;
  }

  /** @returns whether the command did what it says. */
  async #run(netns: string, line: string): Promise<boolean> {
    const known = new Set(this.#edits().map(({ id }) => id));
    // what is shown has run its course: nothing of it shall meet the change
    this.#session.playback.toEnd();
    const output = await this.#session.exec(netns, line);
    const added = this.#edits().filter((edit) => !known.has(edit.id) && edit.netns === netns && edit.line === line);
    this.#set({ edits: [...this.store.getState().edits, ...added] });
    if (output && output.exitCode !== 0) this.#session.notices.add('trouble', `${line} failed`, output.errors);
    return output?.exitCode === 0;
  }

  /** Lets kube-proxy run in the mode that is told of, with nothing left of another. */
  async #flip(to: ProxyMode): Promise<void> {
    const { view } = this.#session.store.getState().cluster;
    if (!view || view.proxyMode === to) return;
    this.#session.playback.toEnd();
    this.#set({ flipped: { from: view.proxyMode, to, leaves: view.settings.leaveOldRules ?? false } });
    await this.#session.configure({ proxyMode: to, leaveOldRules: false });
  }

  /** The mode of before, unless a person has chosen another meanwhile. */
  async #flipBack(): Promise<void> {
    const { flipped } = this.store.getState();
    this.#set({ flipped: undefined });
    if (!flipped || this.#session.store.getState().cluster.view?.proxyMode !== flipped.to) return;
    this.#session.playback.toEnd();
    await this.#session.configure({ proxyMode: flipped.from });
    if (flipped.leaves) await this.#session.configure({ leaveOldRules: true });
  }

  /** The last change is taken back first. */
  async #takeBack(): Promise<void> {
    for (const { id } of this.store.getState().edits.toReversed()) {
      this.#session.playback.toEnd();
      await this.#session.undo(id);
    }
    await this.#flipBack();
  }

  /** Reads what is shown; of anything else but its own request there is nothing to prove. */
  #look(): void {
    if (!this.#staging) return;
    const { conversation, lastFlow } = this.#session.store.getState().traffic;
    if (!conversation || !this.#flow || lastFlow !== this.#flow) {
      this.#set({ status: 'replaced', proof: undefined });
      return;
    }
    const proof = this.#staging.prove(conversation);
    this.#set({ status: proof ? 'proved' : 'otherwise', proof });
  }

  /** Changes that are gone need not be taken back: a rebuilt cluster has none, and people may have seen to it. */
  #keepEdits(): void {
    const { edits } = this.store.getState();
    const inForce = new Map(this.#edits().map((edit) => [edit.id, edit]));
    const left = edits.filter(({ id, netns, line }) => {
      const found = inForce.get(id);
      return found?.netns === netns && found.line === line;
    });
    if (left.length !== edits.length) this.#set({ edits: left });
  }

  #edits(): readonly EditView[] {
    return this.#session.store.getState().cluster.view?.edits ?? [];
  }

  #begin(state: Partial<DemonstrationState>): void {
    this.#staging = undefined;
    this.#flow = undefined;
    this.#set(state);
  }

  #set(change: Partial<DemonstrationState>): void {
    this.store.setState(change);
  }
}
