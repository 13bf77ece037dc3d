import type { ClipboardEvent } from 'react';

/** Names that were cut to fit are copied whole. */
export function copyWholeNames(event: ClipboardEvent): void {
  const selection = document.getSelection();
  if (!selection || selection.isCollapsed) return;
  const text = selection.toString();
  let whole = '';
  let done = 0;
  for (const part of event.currentTarget.querySelectorAll<SVGElement>('[data-whole]')) {
    if (!selection.containsNode(part, true)) continue;
    const shown = shownText(part);
    const at = text.indexOf(shown, done);
    if (at < 0) continue;
    whole += text.slice(done, at) + (part.dataset.whole ?? '');
    done = at + shown.length;
  }
  if (done === 0) return;
  event.clipboardData.setData('text/plain', whole + text.slice(done));
  event.preventDefault();
}

/** What is written, without the tooltip. */
function shownText(part: SVGElement): string {
  return [...part.childNodes].map((node) => (node.nodeType === Node.TEXT_NODE ? node.textContent : '')).join('');
}
