import sample from 'virtual:sample';
import { expect, it } from 'vitest';
import { sampleSources } from '../manifests/sample.ts';
import { prepareCluster } from '../sim/prepareCluster.ts';
import { DEFAULT_SETTINGS } from '../sim/simulation.ts';

it('is what reading the sample would give', () => {
  expect({ ok: true, value: sample }).toEqual(prepareCluster(sampleSources(), DEFAULT_SETTINGS.seed));
});
