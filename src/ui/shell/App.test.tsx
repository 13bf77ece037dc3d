// @vitest-environment jsdom
import { act, cleanup, fireEvent, render, screen, waitFor, within } from '@testing-library/react';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Session } from '../../store/session.ts';
import { HandFrames, HeldClient } from '../../store/testing.ts';
import { SessionContext } from '../session.ts';
import { timelineOf } from '../timelines.ts';
import { App } from './App.tsx';

let width = 1440;

beforeEach(() => {
  width = 1440;
  vi.stubGlobal(
    'ResizeObserver',
    class {
      observe(): void {}
      unobserve(): void {}
      disconnect(): void {}
    },
  );
  vi.stubGlobal('matchMedia', (query: string) => ({
    matches: width >= Number(/min-width: (\d+)px/.exec(query)?.[1] ?? Number.POSITIVE_INFINITY),
    addEventListener: () => undefined,
    removeEventListener: () => undefined,
  }));
});

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

async function open() {
  const client = new HeldClient();
  const frames = new HandFrames();
  const session = new Session({
    connect: () => client,
    layOut: timelineOf,
    frames,
    now: () => frames.now,
  });
  render(
    <SessionContext.Provider value={session}>
      <App />
    </SessionContext.Provider>,
  );
  await act(() => session.open());
  act(() => {
    session.playback.clock.pause();
    session.playback.toStart();
  });
  return { client, frames, session };
}

function goTo(session: Session, type: string): void {
  const segment = session.store.getState().traffic.track?.segments.find((each) => each.step.type === type);
  act(() => session.playback.toStep(segment?.step.id ?? -1));
}

it('opens on the sample with its request ready and sent', async () => {
  await open();
  expect(screen.getByRole<HTMLInputElement>('combobox', { name: 'To' }).value).toBe('svc/backend:80');
  expect(screen.getByRole('region', { name: 'Playback' }).textContent).toMatch(/step 1 of \d+ · hop 1/);
  expect(within(screen.getByTestId('hop-list')).getByRole('button', { current: 'step' })).toBeDefined();
  expect(screen.getByTestId('caption').textContent).toMatch(/frontend.*sends/);
});

it('tells one step in caption, hop list, packet and table alike', async () => {
  const { session } = await open();
  goTo(session, 'translate');
  expect(screen.getByTestId('caption').textContent).toMatch(/10\.96\.42\.10:80 becomes .*10\.244\.2\.47:8080/);
  const current = within(screen.getByTestId('hop-list')).getByRole('button', { current: 'step' });
  expect(current.textContent).toBe('dnat 10.96.42.10:80 → 10.244.2.47:8080');
  const rewritten = [...screen.getByTestId('packet-stack').querySelectorAll('ins')].map((each) => each.textContent);
  expect(rewritten).toEqual(['10.244.2.47', '8080']);
  await waitFor(() => expect(screen.getByText('decides')).toBeDefined());
  expect(screen.getByText('decides').closest('li')?.textContent).toMatch(
    /-j DNAT --to-destination 10\.244\.2\.47:8080/,
  );
});

it('steps by keys anywhere but in fields', async () => {
  await open();
  const counter = (): string => screen.getByRole('region', { name: 'Playback' }).textContent ?? '';
  fireEvent.keyDown(document.body, { key: 'ArrowRight' });
  expect(counter()).toMatch(/step 2 of/);
  fireEvent.keyDown(screen.getByRole('combobox', { name: 'From' }), { key: 'ArrowRight' });
  expect(counter()).toMatch(/step 2 of/);
  fireEvent.keyDown(document.body, { key: 'ArrowRight', shiftKey: true });
  expect(counter()).toMatch(/hop 2/);
  fireEvent.keyDown(document.body, { key: 'Home' });
  expect(counter()).toMatch(/step 1 of/);
});

it('moves through the hop list by keys and shows what is chosen there, with the table that decided', async () => {
  const { session } = await open();
  const list = screen.getByTestId('hop-list');
  within(list).getByRole('button', { current: 'step' }).focus();
  fireEvent.keyDown(document.activeElement ?? list, { key: 'End' });
  expect(list.contains(document.activeElement)).toBe(true);
  const route = within(list)
    .getAllByRole('button')
    .find((row) => /worker-01route/.test(row.textContent ?? '') && row.classList.contains('stop-head'));
  fireEvent.click(route ?? list);
  const step = session.store.getState().playback.step;
  expect(session.store.getState().traffic.track?.bySteps.get(step ?? -1)?.step.type).toBe('route');
  expect(screen.getByRole('tab', { selected: true }).textContent).toBe('ip route');
});

it('links bytes and fields both ways', async () => {
  const { session } = await open();
  goTo(session, 'encapsulate');
  const stack = screen.getByTestId('packet-stack');
  fireEvent.click(within(stack).getByRole('button', { name: /VXLAN/ }));
  const vni = within(stack).getByText('VNI', { selector: 'dt' }).closest('.header-field');
  fireEvent.pointerEnter(vni ?? stack);
  const lit = [...screen.getByTestId('hex').querySelectorAll('[data-pointed="true"]')];
  expect(lit.map((run) => run.textContent?.trim())).toEqual(['00 00 01']);
  fireEvent.pointerLeave(vni ?? stack);
  const run = [...screen.getByTestId('hex').querySelectorAll('.hex-run')].find((each) =>
    /^00 00 01 $/.test(each.textContent ?? ''),
  );
  fireEvent.pointerEnter(run ?? stack);
  expect(vni?.getAttribute('data-pointed')).toBe('true');
});

it('says beneath the field what would be right', async () => {
  const { session, client } = await open();
  fireEvent.change(screen.getByRole('textbox', { name: /Payload/ }), { target: { value: 'much' } });
  await act(() => session.send());
  const field = screen.getByRole('textbox', { name: /Payload/ });
  expect(field.getAttribute('aria-invalid')).toBe('true');
  expect(screen.getByText('Expected a whole number from 0 to 1,000,000')).toBeDefined();
  expect(client.commands).toHaveLength(1);
});

it('completes a destination by typing and keys', async () => {
  const { session } = await open();
  const to = screen.getByRole('combobox', { name: 'To' });
  fireEvent.focus(to);
  fireEvent.change(to, { target: { value: 'web' } });
  const list = screen.getByRole('listbox', { name: 'To' });
  expect(within(list).getAllByRole('option')[0]?.textContent).toMatch(/web/);
  fireEvent.keyDown(to, { key: 'ArrowDown' });
  const active = to.getAttribute('aria-activedescendant');
  expect(document.getElementById(active ?? '')?.getAttribute('aria-selected')).toBe('true');
  fireEvent.keyDown(to, { key: 'Enter' });
  expect(session.store.getState().composer.draft.to).toMatch(/web/);
  expect(to.getAttribute('aria-expanded')).toBe('false');
});

it('pins a namespace, filters its table, and says when nothing matches', async () => {
  await open();
  fireEvent.change(screen.getByRole('combobox', { name: 'Whose tables' }), { target: { value: 'node/worker-02' } });
  fireEvent.click(screen.getByRole('tab', { name: 'ip route' }));
  await waitFor(() => expect(screen.getByTestId('dock-lines').textContent).toMatch(/10\.244\.2\.0\/24 dev cni0/));
  fireEvent.change(screen.getByRole('searchbox', { name: 'Filter lines' }), { target: { value: 'nowhere' } });
  expect(screen.getByRole('tabpanel').textContent).toMatch(/No line of \d+ has “nowhere”/);
  fireEvent.click(screen.getByRole('button', { name: 'Clear the filter' }));
  expect(screen.getByTestId('dock-lines')).toBeDefined();
});

it('puts the request in a drawer where there is no room, and shows a problem there', async () => {
  width = 1024;
  const { session } = await open();
  expect(screen.queryByRole('combobox', { name: 'To' })).toBeNull();
  act(() => session.edit({ to: 'pod/nobody' }));
  await act(() => session.send());
  const drawer = await screen.findByRole('dialog', { name: 'Send traffic' });
  expect(within(drawer).getByText(/There is no Pod default\/nobody/)).toBeDefined();
});
