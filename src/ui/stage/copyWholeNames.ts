import type { ClipboardEvent } from 'react';

/** Names that were cut to fit are copied whole. */
export function copyWholeNames(event: ClipboardEvent): void {
  const selection = document.getSelection();
  if (!selection || selection.isCollapsed) return;
  const text = selection.toString();
  const parts = [...event.currentTarget.querySelectorAll<SVGElement>('[data-whole]')].filter((element) =>
    selection.containsNode(element, true),
  );
  const whole = parts.reduce((result, part) => result.replace(part.textContent ?? '', part.dataset.whole ?? ''), text);
  if (whole === text) return;
  event.clipboardData.setData('text/plain', whole);
  event.preventDefault();
}
