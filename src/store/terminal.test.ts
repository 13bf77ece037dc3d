import { beforeEach, describe, expect, it } from 'vitest';
import type { NetnsId } from '../datamodel/network/netnsId.ts';
import { MOST_HISTORY, MOST_LINES, promptOf, Terminal } from './terminal.ts';
import { type SessionUnderTest, sessionUnderTest } from './testing.ts';

const WORKER: NetnsId = 'node/worker-01';
const OTHER: NetnsId = 'node/worker-02';

let under: SessionUnderTest;
let terminal: Terminal;

beforeEach(async () => {
  under = sessionUnderTest();
  await under.session.open();
  terminal = new Terminal(under.session);
});

function texts(netns: NetnsId, kind?: string): readonly string[] {
  return terminal
    .screen(netns)
    .lines.filter((line) => kind === undefined || line.kind === kind)
    .map(({ text }) => text);
}

const edits = () => under.session.store.getState().cluster.view?.edits ?? [];

describe('a terminal', () => {
  it('shows what was typed behind its prompt and what the tool printed, with the entries it stands for', async () => {
    await terminal.enter(WORKER, 'ip route');
    const { lines } = terminal.screen(WORKER);
    expect(lines[0]).toMatchObject({ kind: 'typed', text: 'root@worker-01:~# ip route' });
    const route = lines.find(({ text }) => text.startsWith('10.244.2.0/24'));
    expect(route).toMatchObject({ kind: 'output', entry: { netns: WORKER, table: 'route' } });
    expect(terminal.screen(OTHER).lines).toEqual([]);
  });

  it("shows a refusal in the tool's own words with its exit code, and nothing has changed", async () => {
    await terminal.enter(WORKER, 'ip route add 10.244.2.0/24 via 192.168.1.12');
    expect(texts(WORKER, 'error')).toEqual(['RTNETLINK answers: File exists']);
    expect(texts(WORKER, 'note')).toEqual(['exit code 2']);
    expect(edits()).toEqual([]);
  });

  it('tells what goes to standard error although all is well', async () => {
    await terminal.enter(WORKER, 'conntrack -L');
    expect(texts(WORKER, 'aside').join()).toMatch(/flow entries have been shown/);
    expect(texts(WORKER, 'error')).toEqual([]);
  });

  it('runs lines in the order in which they were entered', async () => {
    await Promise.all([
      terminal.enter(WORKER, 'ip route add 10.9.0.0/24 via 192.168.1.12'),
      terminal.enter(WORKER, 'ip route del 10.9.0.0/24'),
      terminal.enter(WORKER, 'ip route del 10.9.0.0/24'),
    ]);
    expect(edits().map(({ line }) => line)).toHaveLength(2);
    expect(texts(WORKER, 'error')).toEqual(['RTNETLINK answers: No such process']);
    expect(texts(WORKER).at(-3)).toMatch(/# ip route del/);
  });

  it('remembers lines per namespace, neither twice in a row nor without end', async () => {
    await terminal.enter(WORKER, 'help');
    await terminal.enter(WORKER, ' help ');
    expect(terminal.screen(WORKER).history).toEqual(['help']);
    expect(terminal.screen(OTHER).history).toEqual([]);
    for (let i = 0; i < MOST_HISTORY + 5; i++) await terminal.enter(OTHER, `history ${i}`);
    expect(terminal.screen(OTHER).history).toHaveLength(MOST_HISTORY);
    expect(terminal.screen(OTHER).history.at(-1)).toBe(`history ${MOST_HISTORY + 4}`);
  });

  it('lets the oldest lines go and counts them', async () => {
    const entered = 20;
    for (let i = 0; i < entered; i++) await terminal.enter(WORKER, 'iptables-save');
    const { lines, cut } = terminal.screen(WORKER);
    const printed = under.client.simulation.print(WORKER, 'iptables-save').length;
    expect(lines).toHaveLength(MOST_LINES);
    expect(cut + lines.length).toBeGreaterThanOrEqual(entered * printed);
    expect(new Set(lines.map(({ id }) => id)).size).toBe(MOST_LINES);
  });

  it('has help, history and clear of its own', async () => {
    await terminal.enter(WORKER, 'help');
    expect(texts(WORKER, 'output').join('\n')).toMatch(/bridge fdb show dev flannel\.1/);
    await terminal.enter(WORKER, 'history');
    expect(texts(WORKER, 'output').slice(-2)).toEqual(['    1  help', '    2  history']);
    await terminal.enter(WORKER, 'clear');
    expect(terminal.screen(WORKER)).toMatchObject({ lines: [], cut: 0, draft: '' });
    expect(under.client.commands.filter(({ type }) => type === 'exec')).toEqual([]);
  });

  it('gives a half-typed line up', () => {
    terminal.setDraft(WORKER, 'ip ro');
    terminal.abandon(WORKER);
    expect(texts(WORKER)).toEqual(['root@worker-01:~# ip ro^C']);
    expect(terminal.screen(WORKER)).toMatchObject({ draft: '', history: [] });
  });

  it('says that changes are gone when the cluster is rebuilt, and keeps what was typed', async () => {
    await terminal.enter(WORKER, 'ip route del 10.244.2.0/24');
    await under.session.undo('all');
    expect(texts(WORKER, 'note')).toEqual([]);
    await under.session.configure({ podMtu: 1400 });
    expect(texts(WORKER, 'note')).toEqual(['The cluster was rebuilt: what was changed before is gone.']);
    expect(terminal.screen(WORKER).history).toEqual(['ip route del 10.244.2.0/24']);
    expect(terminal.screen(OTHER).lines).toEqual([]);
  });

  it('goes on after a simulation that never answered', async () => {
    under.client.answer = () => new Promise(() => undefined);
    void terminal.enter(WORKER, 'ip route');
    await Promise.resolve();
    under.fail('It broke.');
    under.client.answer = async (_, applied) => applied;
    await under.session.restart();
    await terminal.enter(WORKER, 'ip route');
    expect(texts(WORKER, 'output').length).toBeGreaterThan(0);
  });

  it('prompts as a shell there does', () => {
    expect(promptOf('node/worker-01')).toBe('root@worker-01:~#');
    expect(promptOf('pod/default/frontend-x2k9p')).toBe('frontend-x2k9p:/#');
    expect(promptOf('192.168.1.100')).toBe('root@192.168.1.100:~#');
  });
});
