// @vitest-environment jsdom
import { act, cleanup, fireEvent, render, screen, waitFor, within } from '@testing-library/react';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type SessionUnderTest, sessionUnderTest } from '../../store/testing.ts';
import { SessionContext } from '../session.ts';
import { Changes } from './Changes.tsx';

const WORKER = 'node/worker-01';

let under: SessionUnderTest;

beforeEach(async () => {
  under = sessionUnderTest();
  await under.session.open();
  render(
    <SessionContext.Provider value={under.session}>
      <Changes />
    </SessionContext.Provider>,
  );
});

afterEach(cleanup);

async function exec(...lines: readonly string[]): Promise<void> {
  await act(async () => {
    for (const line of lines) await under.session.exec(WORKER, line);
  });
}

async function open(): Promise<HTMLElement> {
  fireEvent.click(screen.getByRole('button', { name: /^Changes/ }));
  return screen.findByRole('dialog', { name: 'Changes by your commands' });
}

const press = (name: string | RegExp) => act(async () => void fireEvent.click(screen.getByRole('button', { name })));
const lines = () => under.session.store.getState().cluster.view?.edits?.map(({ line }) => line) ?? [];
const routes = () => under.client.simulation.print(WORKER, 'ip-route').map(({ text }) => text);

it('is there while something is changed, and says how much', async () => {
  expect(screen.queryByRole('button')).toBeNull();
  await exec('ip route del 10.244.2.0/24');
  expect(screen.getByRole('button', { name: 'Changes: 1' }).getAttribute('aria-expanded')).toBe('false');
  await exec('sysctl -w net.ipv4.ip_forward=0');
  expect(screen.getByRole('button', { name: 'Changes: 2' })).toBeDefined();
});

it('lists command lines with their namespaces and undoes one of them', async () => {
  const before = routes();
  await exec('ip route del 10.244.2.0/24', 'ip route del 10.244.3.0/24');
  const list = within(await open()).getByRole('list', { name: /^Command lines/ });
  expect(
    within(list)
      .getAllByRole('listitem')
      .map((each) => each.textContent),
  ).toEqual(['worker-01ip route del 10.244.2.0/24Undo', 'worker-01ip route del 10.244.3.0/24Undo']);
  await press('Undo ip route del 10.244.2.0/24 on worker-01');
  expect(lines()).toEqual(['ip route del 10.244.3.0/24']);
  expect(routes()).toEqual(before.filter((route) => !route.startsWith('10.244.3.0/24')));
  expect(screen.getByText('Undone: ip route del 10.244.2.0/24.').getAttribute('role')).toBe('status');
});

it('says what else went with a change that it rested on', async () => {
  await exec('ip link set dev eth0 down', 'ip link set dev eth0 up', 'iptables -N MINE', 'iptables -A MINE -j DROP');
  await open();
  await press('Undo iptables -N MINE on worker-01');
  expect(lines()).not.toContain('iptables -A MINE -j DROP');
  expect(screen.getByText('Undone: iptables -N MINE. 1 more rested on it and went with it.')).toBeDefined();
});

it('undoes all, says so, and stays until it is closed', async () => {
  const before = routes();
  await exec('ip route del 10.244.2.0/24', 'ip route add 10.9.0.0/24 via 192.168.1.12');
  const dialog = await open();
  await press('Undo all');
  expect(lines()).toEqual([]);
  expect(routes()).toEqual(before);
  expect(dialog.textContent).toMatch(/Nothing is changed.*All changes are undone/);
  fireEvent.keyDown(dialog, { key: 'Escape' });
  await waitFor(() => expect(screen.queryByRole('button')).toBeNull());
});

it('keeps the focus in the list when the button that had it is gone', async () => {
  await exec('ip route del 10.244.2.0/24', 'ip route del 10.244.3.0/24');
  const dialog = await open();
  screen.getByRole('button', { name: /^Undo ip route del 10\.244\.2/ }).focus();
  await press(/^Undo ip route del 10\.244\.2/);
  await waitFor(() => expect(dialog.contains(document.activeElement)).toBe(true));
});

it('lets the agent whose entry it was write it again, and nobody else', async () => {
  const before = routes();
  await exec('ip route del 10.244.2.0/24', 'ip route add 10.9.0.0/24 via 192.168.1.12');
  await open();
  const agents = within(screen.getByRole('list', { name: /^Agents/ })).getAllByRole('button');
  expect(agents.map((each) => each.textContent)).toEqual(['Let flanneld reconcile worker-01']);
  await press('Let flanneld reconcile worker-01');
  expect(lines()).toEqual(['ip route add 10.9.0.0/24 via 192.168.1.12']);
  expect(routes()).toEqual(expect.arrayContaining([...before]));
});
