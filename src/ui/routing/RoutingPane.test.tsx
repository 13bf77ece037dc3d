// @vitest-environment jsdom
import { cleanup, fireEvent, render, screen, waitFor, within } from '@testing-library/react';
import { afterEach, expect, it } from 'vitest';
import { Session } from '../../store/session.ts';
import { HandFrames, HeldClient } from '../../store/testing.ts';
import { SessionContext } from '../session.ts';
import { timelineOf } from '../timelines.ts';
import { RoutingPane } from './RoutingPane.tsx';

afterEach(cleanup);

async function open(cni: 'calico-bgp' | 'flannel-vxlan') {
  const client = new HeldClient();
  const frames = new HandFrames();
  const session = new Session({ connect: () => client, layOut: timelineOf, frames, now: () => frames.now });
  await session.open();
  await session.configure({ cni });
  render(
    <SessionContext.Provider value={session}>
      <RoutingPane />
    </SessionContext.Provider>,
  );
  return { session, client };
}

it('shows every session up, and the routes that each machine has learned', async () => {
  await open('calico-bgp');
  const table = await screen.findByRole('table', { name: /BGP sessions/ });
  const ends = within(table).getAllByRole('row').slice(1);
  expect(ends.length).toBeGreaterThan(1);
  for (const end of ends) expect(end.textContent).toMatch(/Established$/);
  fireEvent.change(screen.getByRole('combobox', { name: 'Routes of' }), { target: { value: 'worker-01' } });
  expect(screen.getByRole('region', { name: 'ip route' }).textContent).toMatch(
    /via 192\.168\.1\.\d+ dev eth0 proto bird/,
  );
});

it('lists what a cut does with its times, moment by moment, until it is restored', async () => {
  const { session } = await open('calico-bgp');
  await screen.findByRole('table', { name: /BGP sessions/ });
  fireEvent.change(screen.getByRole('combobox', { name: 'Cut' }), { target: { value: 'worker-02' } });
  fireEvent.change(screen.getByRole('combobox', { name: 'How it is cut' }), { target: { value: '3' } });
  fireEvent.click(screen.getByRole('button', { name: 'Cut' }));
  expect((await screen.findByText(/birdc down on worker-02: the last route changed/)).getAttribute('data-status')).toBe(
    'ready',
  );
  const line = screen.getByRole('list', { name: 'What happened' });
  expect(line.textContent).toMatch(/NOTIFICATION 6\/2/);
  expect(line.textContent).toMatch(/worker-01kernel: Deleted 10\.244/);
  expect(screen.getByText(/No BIRD runs on worker-02/)).toBeDefined();
  expect(session.store.getState().cluster.view?.edits?.map((edit) => edit.line)).toEqual(['birdc down on worker-02']);
  fireEvent.click(screen.getByRole('button', { name: 'Restore: birdc down on worker-02' }));
  expect(await screen.findByText(/BIRD is started on worker-02: the last route changed/)).toBeDefined();
  expect(screen.queryByRole('list', { name: 'What is cut' })).toBeNull();
});

it('steps through what spreads, and sends at the moment that is shown', async () => {
  const { session, client } = await open('calico-bgp');
  await screen.findByRole('table', { name: /BGP sessions/ });
  await session.cut({ kind: 'shutdown', speaker: 'worker-02' });
  await screen.findByText(/birdc down on worker-02: the last route changed/);
  const seconds = screen.getByRole<HTMLInputElement>('textbox', { name: 'Seconds after what was done' });
  const position = screen.getByRole<HTMLInputElement>('slider', { name: 'Moment' });
  fireEvent.change(position, { target: { value: '0' } });
  await waitFor(() => expect(seconds.value).toBe('0'));
  fireEvent.change(screen.getByRole('combobox', { name: 'Routes of' }), { target: { value: 'worker-01' } });
  const routes = () => screen.getByRole('region', { name: 'ip route' }).textContent?.match(/proto bird/g)?.length ?? 0;
  const before = routes();
  for (let step = 0; routes() === before && step < 50; step++) {
    const now = position.value;
    fireEvent.click(screen.getByRole('button', { name: 'Next change' }));
    await waitFor(() => expect(position.value).not.toBe(now));
  }
  expect(routes()).toBeLessThan(before);
  expect(screen.getByRole('list', { name: 'What happened' }).querySelector('[aria-current]')?.textContent).toMatch(
    /kernel|NOTIFICATION/,
  );
  const chosen = Number(seconds.value);
  fireEvent.click(screen.getByRole('button', { name: 'Send then' }));
  const deed = client.simulation.routing().deeds.at(-1)?.at ?? 0;
  await waitFor(() =>
    expect(session.store.getState().traffic.conversation?.start).toBe(deed + Math.round(chosen * 1e9)),
  );
});

it('says so where nobody speaks BGP', async () => {
  await open('flannel-vxlan');
  expect(await screen.findByText('This network uses no BGP.')).toBeDefined();
});
