import { describe, expect, it } from 'vitest';
import { sessionUnderTest } from './testing.ts';

function deferred(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

async function opened() {
  const parts = sessionUnderTest();
  await parts.session.open();
  return { ...parts, state: () => parts.session.store.getState() };
}

describe('opening', () => {
  it('sends the sample request from a frontend to a backend of another node and plays it', async () => {
    const { state, client } = await opened();
    const { draft } = state().composer;
    expect(draft.from).toMatch(/^pod\/frontend/);
    expect(draft.to).toBe('svc/backend:80');
    expect(draft.pick).toBe('10.244.2.47:8080');
    expect(client.commands).toHaveLength(1);
    const { conversation } = state().traffic;
    expect(conversation?.flow).toMatchObject({ as: 'http', port: 80, payload: 0, warm: true });
    expect(conversation?.outcomes[0]?.type).toBe('answered');
    expect(state().playback.playing).toBe(true);
    expect(state().traffic.sending).toBe(0);
  });

  it('says in words that the simulation is lost, and begins again', async () => {
    const { session, fail, state } = await opened();
    fail('the script did not load');
    expect(state().cluster).toMatchObject({ status: 'failed', failure: 'the script did not load' });
    expect(state().playback.playing).toBe(false);
    await session.restart();
    expect(state().cluster.status).toBe('ready');
    expect(state().traffic.conversation).toBeDefined();
  });
});

describe('answers out of date', () => {
  it('shows only the last of ten quick sends, whatever the order of the answers', async () => {
    const { session, client, state } = await opened();
    const gates = Array.from({ length: 10 }, deferred);
    let arrived = 0;
    client.answer = async (_, applied) => {
      await gates[arrived++]?.promise;
      return applied;
    };
    const sends = gates.map(() => session.send());
    expect(state().traffic.sending).toBe(10);
    await new Promise((done) => setTimeout(done, 5));
    for (const gate of gates.toReversed()) {
      gate.resolve();
      await new Promise((done) => setTimeout(done, 1));
    }
    await Promise.all(sends);
    const ids = client.commands.length;
    expect(ids).toBe(11);
    expect(state().traffic.conversation?.id).toBe(11);
    expect(state().traffic.sending).toBe(0);
  });

  it('never shows what ran on a cluster that was rebuilt meanwhile', async () => {
    const { session, client, state } = await opened();
    const gate = deferred();
    client.answer = async (command, applied) => {
      if (command.type === 'send' && client.commands.length === 2) await gate.promise;
      return applied;
    };
    const sending = session.send();
    await new Promise((done) => setTimeout(done, 5));
    const flipping = session.configure({ cni: 'flannel-host-gw' });
    await flipping;
    const shown = state().traffic.conversation;
    expect(shown?.revision).toBe(state().cluster.view?.revision);
    gate.resolve();
    await sending;
    expect(state().traffic.conversation).toBe(shown);
    expect(state().cluster.view?.cni).toBe('flannel-host-gw');
    expect(state().traffic.sending).toBe(0);
    expect(state().cluster.rebuilding).toBe(false);
  });

  it('takes no answer from a simulation that was given up', async () => {
    const { session, client, fail, state } = await opened();
    const gate = deferred();
    client.answer = async (_, applied) => {
      await gate.promise;
      return applied;
    };
    const sending = session.send();
    await new Promise((done) => setTimeout(done, 5));
    fail('gone');
    gate.resolve();
    await sending;
    expect(state().cluster.status).toBe('failed');
    expect(state().traffic.sending).toBe(0);
  });
});

describe('flipping', () => {
  it('says that it is a rebuild and sends the last request again', async () => {
    const { session, state } = await opened();
    const before = state().traffic.conversation;
    await session.configure({ cni: 'flannel-host-gw' });
    expect(state().notices.at(-1)?.title).toBe('Cluster rebuilt with Flannel host-gw');
    expect(state().notices.at(-1)?.text).toMatch(/Pods were recreated, Pod MTU 1500 instead of 1450/);
    const after = state().traffic.conversation;
    expect(after).not.toBe(before);
    const kinds = after?.traces.flatMap((trace) => trace.hops.flatMap((hop) => hop.steps.map((step) => step.type)));
    expect(kinds).not.toContain('encapsulate');
    expect(kinds).toContain('translate');
  });
});

describe('changing tables', () => {
  const NODE = 'node/worker-01';

  it('meets the packets at the step that is shown: playback stays there, what comes after is new', async () => {
    const { session, state } = await opened();
    const { conversation, track } = state().traffic;
    session.playback.toStep(20);
    const time = session.playback.clock.get();
    const output = await session.exec(NODE, 'ip route add blackhole 10.244.2.47');
    expect(output).toMatchObject({ exitCode: 0 });
    expect(state().playback.step).toBe(20);
    expect(session.playback.clock.get()).toBe(time);
    expect(state().traffic.conversation).not.toBe(conversation);
    expect(state().traffic.conversation?.outcomes[0]?.type).toBe('timeout');
    expect(state().traffic.track).not.toBe(track);
    expect(state().cluster.view?.edits).toHaveLength(1);
    await session.undo('all');
    expect(state().playback.step).toBe(20);
    expect(state().traffic.conversation?.outcomes[0]?.type).toBe('answered');
    expect(state().cluster.view?.edits).toBeUndefined();
  });

  it('goes on playing', async () => {
    const { session, state, frames } = await opened();
    frames.run(500);
    await session.exec(NODE, 'iptables -I FORWARD -j DROP');
    expect(state().playback.playing).toBe(true);
    const before = session.playback.clock.get();
    frames.run(200);
    expect(session.playback.clock.get()).toBeGreaterThan(before);
  });

  it('gives a refused command’s own words, and leaves what is shown', async () => {
    const { session, state } = await opened();
    const { conversation } = state().traffic;
    const output = await session.exec(NODE, 'ip link set nobody up');
    expect(output).toMatchObject({ errors: 'Cannot find device "nobody"', exitCode: 1 });
    expect(state().traffic.conversation).toBe(conversation);
    expect(state().notices).toEqual([]);
  });
});

describe('manifests', () => {
  it('refuses as a whole, says where, and leaves everything as it was', async () => {
    const { session, state } = await opened();
    const view = state().cluster.view;
    const { conversation } = state().traffic;
    await session.loadFiles([
      { name: 'bad.yaml', text: 'apiVersion: v1\nkind: Service\nmetadata:\n  name: Bad_Name\n' },
    ]);
    const { manifests } = state();
    expect(manifests.problems.length).toBeGreaterThan(0);
    expect(manifests.problems[0]).toMatchObject({ source: 'bad.yaml' });
    expect(manifests.loading).toBe(false);
    expect(state().cluster.view).toBe(view);
    expect(state().traffic.conversation).toBe(conversation);
  });

  it('goes back to the sample after another cluster', async () => {
    const { session, state } = await opened();
    const names = state().cluster.view?.nodes.map((node) => node.name);
    await session.loadFiles([{ name: 'own.yaml', text: 'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n' }]);
    expect(state().manifests.problems).toEqual([]);
    expect(state().traffic.conversation).toBeUndefined();
    await session.loadSample();
    expect(state().cluster.view?.nodes.map((node) => node.name)).toEqual(names);
    expect(state().composer.draft.to).toBe('svc/backend:80');
  });
});

describe('the composer', () => {
  it('says beneath the field what would be right, and sends nothing', async () => {
    const { session, client, state } = await opened();
    session.edit({ to: 'pod/no-such-pod', payload: '-3', ttl: '900' });
    await session.send();
    const { problems } = state().composer;
    expect(problems.to).toMatch(/no Pod/);
    expect(problems.payload).toBe('Expected a whole number from 0 to 1,000,000');
    expect(problems.ttl).toBe('Expected a whole number from 1 to 255');
    expect(client.commands).toHaveLength(1);
  });

  it('forgets a problem when its field is changed', async () => {
    const { session, state } = await opened();
    session.edit({ ttl: '900' });
    await session.send();
    session.edit({ ttl: '9' });
    expect(state().composer.problems.ttl).toBeUndefined();
  });
});
