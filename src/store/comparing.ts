import type { ClusterSettings } from '../datamodel/cluster/command.ts';
import type { Comparison } from '../datamodel/cluster/comparison.ts';
import type { SimulationClient } from '../worker/client.ts';
import { type Draft, readDraft } from './draft.ts';

export type TwoSettings = readonly [Partial<ClusterSettings>, Partial<ClusterSettings>];

export type ComparisonAnswer =
  | { readonly ok: true; readonly comparison: Comparison }
  /** What is wrong with the request, in words. */
  | { readonly ok: false; readonly problem: string };

/** Asks what a request would do under two settings. */
export async function compareDraft(
  client: SimulationClient,
  draft: Draft,
  settings: TwoSettings,
): Promise<ComparisonAnswer> {
  const [from, to] = await Promise.all([client.resolve(draft.from, 'from'), client.resolve(draft.to, 'to')]);
  const reading = readDraft(draft, from, to);
  if (!reading.ok) return { ok: false, problem: Object.values(reading.problems).join(' ') };
  return { ok: true, comparison: await client.compare(reading.flow, settings) };
}
