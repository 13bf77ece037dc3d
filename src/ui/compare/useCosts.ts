import { useEffect, useState } from 'react';
import type { ServiceCost } from '../../datamodel/cluster/serviceCost.ts';
import { words } from '../../store/words.ts';
import { useSession } from '../session.ts';
import { MODES } from './modes.ts';

/** Numbers of Services that are measured anyway, for the lines. */
export const SAMPLES: readonly number[] = [1, 10, 100, 1000, 10_000];

export interface Costs {
  /** What has been measured by now. */
  readonly measured: readonly ServiceCost[];
  /** How many of the samples and of the chosen number are still to come. */
  readonly missing: number;
  readonly problem: string | undefined;
}

/** Measures every mode at the chosen number of Services, then at all samples, one after the other. */
export function useCosts(chosen: number): Costs {
  const session = useSession();
  const [measured, setMeasured] = useState<readonly ServiceCost[]>([]);
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const wanted = [...new Set([chosen, ...SAMPLES])].flatMap((services) =>
    MODES.map((proxyMode) => ({ proxyMode, services })),
  );
  const missing = wanted.filter(
    ({ proxyMode, services }) => !measured.some((cost) => cost.proxyMode === proxyMode && cost.services === services),
  );
  const next = problem === undefined ? missing[0] : undefined;
  const [mode, services] = [next?.proxyMode, next?.services];

  useEffect(() => {
    if (mode === undefined || services === undefined) return;
    let isWanted = true;
    session.beside.cost(mode, services).then(
      (cost) => {
        if (isWanted) setMeasured((before) => [...before, cost]);
      },
      (error: unknown) => {
        if (isWanted) setProblem(words(error));
      },
    );
    return () => {
      isWanted = false;
    };
  }, [session, mode, services]);

  return { measured, missing: missing.length, problem };
}
