// @vitest-environment jsdom
import { cleanup, fireEvent, render, screen, waitFor, within } from '@testing-library/react';
import { afterEach, expect, it } from 'vitest';
import type { CniBackend } from '../../datamodel/cluster/command.ts';
import { Session } from '../../store/session.ts';
import { HandFrames, HeldClient } from '../../store/testing.ts';
import { SessionContext } from '../session.ts';
import { timelineOf } from '../timelines.ts';
import { RoutingPane } from './RoutingPane.tsx';

afterEach(cleanup);

async function open(cni: CniBackend) {
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

it('shows flannel’s leases, and leads to the line that another node has from one', async () => {
  const { session } = await open('flannel-vxlan');
  const table = await screen.findByRole('table', { name: "flannel's leases" });
  expect(table.querySelector('tbody')?.textContent).toMatch(
    /^worker-0110\.244\.\d+\.0\/24192\.168\.1\.\d+vxlan\{"VNI":1,"VtepMAC":"[0-9a-f:]{17}"\}$/,
  );
  fireEvent.click(within(table).getByRole('button', { name: 'worker-02' }));
  const written = await screen.findByRole('table', { name: /from the lease of worker-02/ });
  const cidr = session.store.getState().cluster.view?.nodes.find(({ name }) => name === 'worker-02')?.podCidr ?? '';
  const [route] = within(written).getAllByRole('button', { name: new RegExp(`^${cidr} via .* dev flannel.1 onlink$`) });
  expect(route).toBeDefined();
  if (route) fireEvent.click(route);
  const { dock, pinned, pointed } = session.store.getState().selection;
  expect({ dock, pinned }).toEqual({ dock: 'ip-route', pinned: pointed?.netns });
  const lines = await session.print(pinned ?? '', 'ip-route', undefined);
  expect(lines.find(({ entry }) => entry === pointed?.id)?.text).toContain(`${cidr} via`);
});

it('follows the tables: what a person deletes is no longer there', async () => {
  const { session } = await open('flannel-host-gw');
  const written = await screen.findByRole('table', { name: /from the lease of/ });
  const count = () => within(written).queryAllByRole('button').length;
  const before = count();
  const cidr = /lease of \S+, ([\d.]+\/24)/.exec(written.textContent ?? '')?.[1];
  await session.exec('node/worker-02', `ip route del ${cidr}`);
  await waitFor(() => expect(count()).toBe(before - 1));
  expect(within(written).getByText('nothing')).toBeDefined();
});

it('says so where no node tells another anything', async () => {
  await open('cilium-native');
  expect(await screen.findByText('Nothing is told from node to node in this network.')).toBeDefined();
});
