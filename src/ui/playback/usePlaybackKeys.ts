import { useEffect } from 'react';
import { SPEEDS } from '../../store/preferences.ts';
import type { Session } from '../../store/session.ts';
import { useSession } from '../session.ts';

/** Keys mean text here, or the widget's own movement. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
}

/** Widgets that use some of the keys themselves. */
const OWN_KEYS = '[role="dialog"], [role="listbox"], [role="menu"], [data-own-keys]';

/** Covers the page while a dialog is open: what lies beneath rests, though the focus may not be in the dialog yet. */
const COVER = '.overlay';

export function changeSpeed(session: Session, by: 1 | -1): void {
  const { speed } = session.store.getState().preferences;
  const next = by > 0 ? SPEEDS.find((each) => each > speed) : SPEEDS.findLast((each) => each < speed);
  if (next !== undefined) session.prefer({ speed: next });
}

/** Playback like a video's, from anywhere on the page but where somebody types. */
export function usePlaybackKeys(
  onHelp: () => void,
  onSurprises: () => void,
  onCompare: () => void,
  onChoosing: () => void,
): void {
  const session = useSession();
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
      const target = event.target instanceof Element ? event.target : null;
      if (isTyping(target) || target?.closest(OWN_KEYS) || document.querySelector(COVER)) return;
      const onButton = target?.closest('button, a[href], summary, [role="button"]') !== null && target !== null;
      if (onButton && (event.key === ' ' || event.key === 'Enter')) return;
      const { playback } = session;
      switch (event.key) {
        case ' ':
          playback.toggle();
          break;
        case 'ArrowRight':
          if (event.shiftKey) playback.hop(1);
          else playback.step(1);
          break;
        case 'ArrowLeft':
          if (event.shiftKey) playback.hop(-1);
          else playback.step(-1);
          break;
        case ',':
          changeSpeed(session, -1);
          break;
        case '.':
          changeSpeed(session, 1);
          break;
        case 'Home':
          playback.toStart();
          break;
        case 'End':
          playback.toEnd();
          break;
        case 't':
          session.select({ dock: 'terminal', followTable: false, toCommandLine: true });
          break;
        case 'a':
        case 'A':
          session.select({ addresses: true });
          break;
        case '?':
          onHelp();
          break;
        case 'c':
        case 'C':
          onCompare();
          break;
        case 'b':
        case 'B':
          onChoosing();
          break;
        case 's':
        case 'S':
          onSurprises();
          break;
        default:
          return;
      }
      event.preventDefault();
    };
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  }, [session, onHelp, onSurprises, onCompare, onChoosing]);
}
