import { useStore } from 'zustand';
import type { NetnsId } from '../../datamodel/network/netnsId.ts';
import type { Session } from '../../store/session.ts';
import { EMPTY_SCREEN, type Screen, Terminal } from '../../store/terminal.ts';
import { useSession } from '../session.ts';

const terminals = new WeakMap<Session, Terminal>();

/** A session's command lines; they stay when nothing shows them. */
export function useTerminal(): Terminal {
  const session = useSession();
  const known = terminals.get(session);
  if (known) return known;
  const terminal = new Terminal(session);
  terminals.set(session, terminal);
  return terminal;
}

export function useScreen(netns: NetnsId): Screen {
  return useStore(useTerminal().store, (screens) => screens.get(netns) ?? EMPTY_SCREEN);
}
