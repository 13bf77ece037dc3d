import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createSimulation, openSample } from '../../sim/createSimulation.ts';
import type { Simulation } from '../../sim/simulation.ts';
import { CLAIMS } from './claimsTesting.ts';
import { SURPRISES } from './surprises.ts';
import { perform } from './testing.ts';

const captured = readFileSync(new URL('../../sim/captured/cluster.yaml', import.meta.url), 'utf8');

function openCaptured(): Simulation {
  const made = createSimulation([{ name: 'cluster.yaml', text: captured }], {});
  if (!made.ok) throw new Error(JSON.stringify(made.error));
  return made.value;
}

const CLUSTERS = [
  ['the sample', openSample, ['no-endpoints', 'local-anywhere']],
  ['the captured cluster', openCaptured, []],
] as const;

it('has an id, a title and a claim of its own for every surprise', () => {
  expect(new Set(SURPRISES.map(({ id }) => id)).size).toBe(SURPRISES.length);
  expect(new Set(SURPRISES.map(({ title }) => title)).size).toBe(SURPRISES.length);
  expect(Object.keys(CLAIMS).toSorted()).toEqual(SURPRISES.map(({ id }) => id).toSorted());
});

describe.each(CLUSTERS)('on %s', (_, open, missing) => {
  it.each(SURPRISES.map((surprise) => [surprise.id, surprise] as const))('%s is true, and proved', (id, surprise) => {
    const performed = perform(open(), surprise);
    expect(performed === undefined).toBe((missing as readonly string[]).includes(id));
    if (!performed) return;
    const { staging, conversation } = performed;
    CLAIMS[id]?.(performed);
    const proof = staging.prove(conversation);
    const steps = conversation.traces.flatMap(({ hops }) => hops.flatMap((hop) => hop.steps));
    const step = steps.find((each) => each.id === proof?.step);
    expect(step).toBeDefined();
    if (proof?.show.type === 'line') expect(step?.entry).toBeDefined();
    expect(proof?.sentence).not.toMatch(/undefined|NaN/);
  });

  it('each can be shown again after all the others, when what they changed is put back', () => {
    const simulation = open();
    for (const round of [1, 2]) {
      for (const surprise of round === 1 ? SURPRISES : SURPRISES.toReversed()) {
        const performed = perform(simulation, surprise);
        if (!performed) continue;
        expect(performed.staging.prove(performed.conversation), `${surprise.id}, round ${round}`).toBeDefined();
        for (const edit of performed.edits.toReversed()) simulation.apply({ type: 'undo', edit });
        expect(simulation.cluster().edits ?? []).toEqual([]);
      }
    }
  });

  it('what is made by commands or another mode is not proved without them', () => {
    for (const surprise of SURPRISES) {
      const staging = surprise.stage(open().cluster());
      // forgetting what was learned is for those who show it again
      if ('missing' in staging) continue;
      if (staging.proxyMode === undefined && staging.commands.every(({ line }) => line.includes('flush'))) continue;
      const performed = perform(open(), surprise, false);
      expect(performed?.staging.prove(performed.conversation), surprise.id).toBeUndefined();
    }
  });
});

it('says what is missing where nobody can take part', () => {
  const text = 'apiVersion: v1\nkind: Pod\nmetadata: {name: alone}\nspec: {containers: [{name: a, image: b}]}\n';
  const made = createSimulation([{ name: 'alone.yaml', text }], {});
  if (!made.ok) throw new Error(JSON.stringify(made.error));
  const view = made.value.cluster();
  const missing = SURPRISES.map((surprise) => surprise.stage(view)).flatMap((staging) =>
    'missing' in staging ? [staging] : [],
  );
  expect(missing.length).toBeGreaterThan(5);
  for (const each of missing) expect(each.missing).toMatch(/^(a|two|Pods|the) /i);
});
