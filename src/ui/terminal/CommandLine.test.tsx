// @vitest-environment jsdom
import { act, cleanup, createEvent, fireEvent, render, screen, waitFor, within } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type SessionUnderTest, sessionUnderTest } from '../../store/testing.ts';
import { SessionContext } from '../session.ts';
import { CommandLine } from './CommandLine.tsx';

const WORKER = 'node/worker-01';

let under: SessionUnderTest;
let show: (netns: string) => void;

beforeEach(async () => {
  under = sessionUnderTest();
  await under.session.open();
  const page = (netns: string) => (
    <SessionContext.Provider value={under.session}>
      <CommandLine netns={netns} />
    </SessionContext.Provider>
  );
  const { rerender } = render(page(WORKER));
  show = (netns) => rerender(page(netns));
});

afterEach(cleanup);

const field = (): HTMLInputElement => screen.getByRole('combobox', { name: /^Command line/ });
const log = (): string => screen.getByRole('log').textContent ?? '';
const edits = (): number => under.session.store.getState().cluster.view?.edits?.length ?? 0;

function type(line: string): void {
  fireEvent.change(field(), { target: { value: line } });
}

async function enter(line: string): Promise<void> {
  type(line);
  await act(async () => void fireEvent.submit(field()));
}

/** Presses a key. @returns whether the browser would still do what it does with it. */
async function press(key: string, more: Partial<KeyboardEvent> = {}): Promise<boolean> {
  const event = createEvent.keyDown(field(), { key, ...more });
  await act(async () => void fireEvent(field(), event));
  return !event.defaultPrevented;
}

describe('completion', () => {
  it('completes the only way to go on, and puts the caret behind it', async () => {
    type('ip ro');
    await press('Tab');
    await waitFor(() => expect(field().value).toBe('ip route '));
    expect(field().selectionStart).toBe(9);
    expect(screen.queryByRole('listbox')).toBeNull();
  });

  it('completes what is common, then lets one choose by arrows and Enter', async () => {
    type('ip route del 10.');
    await press('Tab');
    await waitFor(() => expect(field().value).toBe('ip route del 10.244.'));
    const list = screen.getByRole('listbox', { name: 'Completions' });
    const options = within(list).getAllByRole('option');
    expect(options.map((option) => option.textContent)).toEqual(['10.244.1.0/24', '10.244.2.0/24', '10.244.3.0/24']);
    expect(field().getAttribute('aria-expanded')).toBe('true');
    await press('ArrowDown');
    await press('Tab');
    expect(field().getAttribute('aria-activedescendant')).toBe(options[1]?.id);
    expect(options[1]?.getAttribute('aria-selected')).toBe('true');
    expect(await press('Enter')).toBe(false);
    expect(field().value).toBe('ip route del 10.244.2.0/24 ');
    expect(field().getAttribute('aria-expanded')).toBe('false');
    expect(edits()).toBe(0);
  });

  it('goes round at both ends of the list, and takes what is pressed', async () => {
    type('ip route del 10.244.');
    await press('Tab');
    const options = within(await screen.findByRole('listbox')).getAllByRole('option');
    await press('ArrowUp');
    expect(options.at(-1)?.getAttribute('aria-selected')).toBe('true');
    await press('ArrowDown');
    expect(options[0]?.getAttribute('aria-selected')).toBe('true');
    fireEvent.click(options[2] ?? field());
    expect(field().value).toBe('ip route del 10.244.3.0/24 ');
  });

  it('says when nothing begins so', async () => {
    type('ip frob');
    await press('Tab');
    expect((await screen.findByText('Nothing begins with frob')).getAttribute('role')).toBe('status');
    expect(field().value).toBe('ip frob');
  });

  it('does not complete a line that has changed since it was asked for', async () => {
    type('ip ro');
    fireEvent.keyDown(field(), { key: 'Tab' });
    type('ip a');
    await act(() => Promise.resolve());
    expect(field().value).toBe('ip a');
  });

  it('holds nobody: Escape and then Tab leaves, and so does Tab while nothing is typed', async () => {
    expect(await press('Tab')).toBe(true);
    type('ip ');
    expect(await press('Tab')).toBe(false);
    await screen.findByRole('listbox');
    expect(await press('Escape')).toBe(false);
    expect(screen.queryByRole('listbox')).toBeNull();
    expect(await press('Tab')).toBe(true);
    expect(await press('Tab', { shiftKey: true })).toBe(true);
    expect(document.getElementById(field().getAttribute('aria-describedby') ?? '')?.textContent).toMatch(
      /Escape and then Tab leaves/,
    );
  });
});

describe('lines', () => {
  it('come back with the arrows, the unfinished one last, per namespace', async () => {
    await enter('ip route');
    await enter('ip neigh');
    type('ip l');
    await press('ArrowUp');
    expect(field().value).toBe('ip neigh');
    await press('ArrowUp');
    await press('ArrowUp');
    expect(field().value).toBe('ip route');
    await press('ArrowDown');
    await press('ArrowDown');
    expect(field().value).toBe('ip l');
    show('node/worker-02');
    expect(field().value).toBe('');
    await press('ArrowUp');
    expect(field().value).toBe('');
    show(WORKER);
    expect(field().value).toBe('ip l');
    await press('ArrowUp');
    expect(field().value).toBe('ip neigh');
  });

  it('are given up by Control C, unless something is selected, and the screen is cleared by Control L', async () => {
    type('ip route del');
    field().setSelectionRange(0, 3);
    expect(await press('c', { ctrlKey: true })).toBe(true);
    field().setSelectionRange(3, 3);
    expect(await press('c', { ctrlKey: true })).toBe(false);
    expect(field().value).toBe('');
    expect(log()).toContain('ip route del^C');
    expect(await press('l', { ctrlKey: true })).toBe(false);
    expect(log()).not.toContain('^C');
    expect(under.client.commands.filter((each) => each.type === 'exec')).toEqual([]);
  });

  it('that are refused show the words of the tool, marked as standard error in a word', async () => {
    await enter('ip link set dev eth9 up');
    const line = screen.getByText('Cannot find device "eth9"').closest('.transcript-line');
    expect(line?.textContent).toMatch(/stderr$/);
    expect(line?.getAttribute('data-kind')).toBe('error');
    expect(log()).toContain('exit code 1');
    expect(edits()).toBe(0);
  });

  it('are offered where none was typed yet, and only filled in', async () => {
    fireEvent.click(screen.getByRole('button', { name: /^ip route del 10\.244\./ }));
    expect(field().value).toMatch(/^ip route del 10\.244\.\d\.0\/24$/);
    expect(document.activeElement).toBe(field());
    expect(edits()).toBe(0);
    await enter(field().value);
    expect(edits()).toBe(1);
    expect(screen.queryByRole('button', { name: /^ip route del/ })).toBeNull();
  });

  it('light up with the table entries that they stand for', async () => {
    await enter('ip route');
    const line = screen.getByText(/^10\.244\.2\.0\/24/).closest('.transcript-line');
    fireEvent.pointerEnter(line ?? field());
    expect(under.session.store.getState().selection.pointed).toMatchObject({ netns: WORKER, table: 'route' });
    expect(line?.getAttribute('data-pointed')).toBe('true');
    fireEvent.pointerLeave(line ?? field());
    expect(line?.getAttribute('data-pointed')).toBe('false');
  });

  it('take the focus when they are asked to', async () => {
    field().blur();
    act(() => under.session.select({ toCommandLine: true }));
    expect(document.activeElement).toBe(field());
    expect(under.session.store.getState().selection.toCommandLine).toBe(false);
  });
});
