import { useStore } from 'zustand';
import { Demonstration, type DemonstrationState } from '../../store/demonstration.ts';
import type { Session } from '../../store/session.ts';
import { useSession } from '../session.ts';

const made = new WeakMap<Session, Demonstration>();

/** The one demonstration of the session around this component. */
export function useDemonstration(): Demonstration {
  const session = useSession();
  const known = made.get(session);
  if (known) return known;
  const demonstration = new Demonstration(session);
  made.set(session, demonstration);
  return demonstration;
}

/** Part of its state; the component renders again when that part is another value. */
export function useShown<T>(select: (state: DemonstrationState) => T): T {
  return useStore(useDemonstration().store, select);
}
