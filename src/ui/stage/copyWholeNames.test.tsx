// @vitest-environment jsdom
import { cleanup, createEvent, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, expect, it, vi } from 'vitest';
import { copyWholeNames } from './copyWholeNames.ts';

afterEach(cleanup);

function copyAll(): { readonly set: ReturnType<typeof vi.fn>; readonly prevented: boolean } {
  render(
    <div data-testid="stage" onCopy={copyWholeNames}>
      <span data-whole="frontend-6c8f7d9b5-x2k9p">
        <title>frontend-6c8f7d9b5-x2k9p</title>fronte…x2k9p
      </span>{' '}
      <span>10.244.1.23</span>
    </div>,
  );
  const stage = screen.getByTestId('stage');
  document.getSelection()?.selectAllChildren(stage);
  const set = vi.fn();
  const event = createEvent.copy(stage, { clipboardData: { setData: set } });
  fireEvent(stage, event);
  return { set, prevented: event.defaultPrevented };
}

it('copies a name whole that was cut to fit', () => {
  const { set, prevented } = copyAll();
  expect(set).toHaveBeenCalledWith('text/plain', 'frontend-6c8f7d9b5-x2k9p 10.244.1.23');
  expect(prevented).toBe(true);
});
