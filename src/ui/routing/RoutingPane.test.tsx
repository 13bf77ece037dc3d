// @vitest-environment jsdom
import { cleanup, fireEvent, render, screen, within } from '@testing-library/react';
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
  return session;
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

it('lists what a cut does with its times, until it is restored', async () => {
  await open('calico-bgp');
  await screen.findByRole('table', { name: /BGP sessions/ });
  fireEvent.change(screen.getByRole('combobox', { name: 'Cut' }), { target: { value: 'worker-02' } });
  fireEvent.change(screen.getByRole('combobox', { name: 'How it is cut' }), { target: { value: '3' } });
  fireEvent.click(screen.getByRole('button', { name: 'Cut' }));
  expect((await screen.findByText(/birdc down on worker-02: the last route changed/)).getAttribute('data-status')).toBe(
    'ready',
  );
  const line = screen.getByRole('region', { name: 'Time line' });
  expect(line.textContent).toMatch(/NOTIFICATION 6\/2/);
  expect(line.textContent).toMatch(/worker-01kernel: Deleted 10\.244/);
  expect(screen.getByText(/No BIRD runs on worker-02/)).toBeDefined();
  fireEvent.click(screen.getByRole('button', { name: 'Restore' }));
  expect(await screen.findByText(/Settled .* after the start/)).toBeDefined();
});

it('says so where nobody speaks BGP', async () => {
  await open('flannel-vxlan');
  expect(await screen.findByText('This network uses no BGP.')).toBeDefined();
});
