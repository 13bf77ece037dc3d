import { createContext, useContext } from 'react';
import { useStore } from 'zustand';
import type { AppState } from '../store/appState.ts';
import type { Session } from '../store/session.ts';

export const SessionContext = createContext<Session | undefined>(undefined);

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (!session) throw new Error('There is no session around this component');
  return session;
}

/** Part of the state; the component renders again when that part is another value. */
export function useApp<T>(select: (state: AppState) => T): T {
  return useStore(useSession().store, select);
}
