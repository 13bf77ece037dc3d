import { describe, expect, it } from 'vitest';
import type { Surprise } from '../lessons/surprises/surprise.ts';
import { SURPRISES } from '../lessons/surprises/surprises.ts';
import { Demonstration } from './demonstration.ts';
import { sessionUnderTest } from './testing.ts';

function surprise(id: string): Surprise {
  const found = SURPRISES.find((each) => each.id === id);
  if (!found) throw new Error(`There is no surprise ${id}`);
  return found;
}

async function opened() {
  const parts = sessionUnderTest();
  await parts.session.open();
  const demonstration = new Demonstration(parts.session);
  return {
    ...parts,
    demonstration,
    app: () => parts.session.store.getState(),
    shown: () => demonstration.store.getState(),
    edits: () => parts.session.store.getState().cluster.view?.edits?.map(({ line }) => line) ?? [],
  };
}

/** Plays on until the playhead rests. */
function playOut({ frames }: { readonly frames: { pending: number; run: (milliseconds: number) => void } }): void {
  for (let i = 0; frames.pending > 0 && i < 50; i++) frames.run(1000);
}

describe('showing a surprise', () => {
  it('sends what the composer then says, plays up to the proof and turns the dock to its line', async () => {
    const parts = await opened();
    await parts.demonstration.show(surprise('tunnel-source'));
    const { proof, status } = parts.shown();
    expect(status).toBe('proved');
    expect(proof?.show).toEqual({ type: 'line', tool: 'iptables-save' });
    expect(parts.app().composer.draft).toMatchObject({ from: '192.168.1.100', as: 'tcp' });
    expect(parts.app().selection).toMatchObject({ dock: 'iptables-save', pinned: undefined, followTable: true });
    expect(parts.app().playback.playing).toBe(true);
    playOut(parts);
    expect(parts.app().playback).toMatchObject({ playing: false, step: proof?.step });
  });

  it('leaves the playhead to whoever takes hold of it on the way', async () => {
    const parts = await opened();
    await parts.demonstration.show(surprise('tunnel-source'));
    parts.frames.run(200);
    parts.session.playback.toStart();
    parts.session.playback.clock.play();
    playOut(parts);
    expect(parts.app().playback.step).not.toBe(parts.shown().proof?.step);
  });

  it('lets kube-proxy run in the mode that is told of, and puts the one of before back', async () => {
    const parts = await opened();
    const mode = () => parts.app().cluster.view?.proxyMode;
    await parts.session.configure({ proxyMode: 'nftables', leaveOldRules: true });
    await parts.demonstration.show(surprise('routed-by-ipvs'));
    expect(parts.shown()).toMatchObject({ status: 'proved', flipped: { from: 'nftables', to: 'ipvs' } });
    expect(mode()).toBe('ipvs');
    // what names no mode is told of iptables
    await parts.demonstration.show(surprise('wrong-port'));
    expect(parts.shown().status).toBe('proved');
    expect(mode()).toBe('iptables');
    await parts.demonstration.putBack();
    expect(mode()).toBe('nftables');
    expect(parts.app().cluster.view?.settings.leaveOldRules).toBe(true);
    expect(parts.app().cluster.view?.nodes.flatMap(({ leftovers }) => leftovers ?? [])).toEqual([]);
  });

  it('leaves a mode that a person chose meanwhile', async () => {
    const parts = await opened();
    await parts.demonstration.show(surprise('routed-by-ipvs'));
    await parts.session.configure({ proxyMode: 'nftables' });
    await parts.demonstration.putBack();
    expect(parts.app().cluster.view?.proxyMode).toBe('nftables');
  });

  it('takes back what it changed, and leaves what people changed', async () => {
    const parts = await opened();
    await parts.session.exec('node/worker-01', 'ip link set cni0 mtu 1449');
    await parts.demonstration.show(surprise('pod-only-mtu'));
    expect(parts.shown()).toMatchObject({ status: 'proved' });
    expect(parts.edits()).toEqual(['ip link set cni0 mtu 1449', 'ip link set eth0 mtu 1500']);
    await parts.demonstration.show(surprise('lost-behind-tunnel'));
    expect(parts.edits()).toHaveLength(2);
    await parts.demonstration.putBack();
    expect(parts.edits()).toEqual(['ip link set cni0 mtu 1449']);
    expect(parts.shown()).toMatchObject({ surprise: undefined, status: 'none', edits: [] });
  });

  it('carries out only the last of many orders, and nothing of the others stays', async () => {
    const parts = await opened();
    await Promise.all(SURPRISES.map((each) => parts.demonstration.show(each)));
    expect(parts.shown().surprise).toBe(SURPRISES.at(-1));
    expect(parts.shown().status).toBe('proved');
    expect(parts.edits()).toEqual([]);
  });

  it('puts back even what is being changed when it is told to', async () => {
    const parts = await opened();
    const showing = parts.demonstration.show(surprise('second-send'));
    const ending = parts.demonstration.putBack();
    await Promise.all([showing, ending]);
    expect(parts.edits()).toEqual([]);
    expect(parts.shown().surprise).toBeUndefined();
  });

  it('says so when something else is sent, and has it again when asked', async () => {
    const parts = await opened();
    await parts.demonstration.show(surprise('hairpin'));
    expect(parts.shown().status).toBe('proved');
    await parts.session.send();
    expect(parts.shown()).toMatchObject({ status: 'replaced', proof: undefined });
    await parts.demonstration.show(surprise('hairpin'));
    expect(parts.shown().status).toBe('proved');
  });

  it('is not fooled by its own answer when another send was quicker', async () => {
    const parts = await opened();
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const sent = parts.client.commands.length;
    parts.client.answer = async (_, applied) => {
      if (parts.client.commands.length === sent + 1) await held;
      return applied;
    };
    const showing = parts.demonstration.show(surprise('hairpin'));
    while (parts.client.commands.length === sent) await new Promise((done) => setTimeout(done, 1));
    await parts.session.send();
    release();
    await showing;
    expect(parts.shown()).toMatchObject({ status: 'replaced', proof: undefined });
  });

  it('forgets changes that a rebuild has taken, and says what the new cluster lacks', async () => {
    const parts = await opened();
    await parts.demonstration.show(surprise('lost-behind-tunnel'));
    expect(parts.shown().edits).toHaveLength(1);
    await parts.session.configure({ cni: 'flannel-host-gw' });
    expect(parts.shown().edits).toEqual([]);
    expect(parts.shown().status).not.toBe('proved');
    await parts.demonstration.show(surprise('lost-behind-tunnel'));
    expect(parts.shown()).toMatchObject({ status: 'missing' });
    expect(parts.shown().missing).toContain('VXLAN');
  });
});
