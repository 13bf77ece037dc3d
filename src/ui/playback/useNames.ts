import { useMemo } from 'react';
import { type Names, namesOf } from '../../scene/names.ts';
import { useApp } from '../session.ts';

/** What addresses and namespaces of the shown cluster are called; undefined before there is one. */
export function useNames(): Names | undefined {
  const view = useApp((state) => state.cluster.view);
  return useMemo(() => view && namesOf(view), [view]);
}
