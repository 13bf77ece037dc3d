import { describe, expect, it } from 'vitest';
import { involvedIn } from '../../scene/involved.ts';
import { layoutScene } from '../../scene/layout/layout.ts';
import type { Lit, LitScene } from '../../scene/lit.ts';
import { makeCluster } from '../../scene/testing/cluster.ts';
import { textWidth } from '../../scene/textFit.ts';
import { keptOf, keptText } from './kept.ts';
import { layWords } from './stationWords.ts';

const cluster = makeCluster({ nodes: 1, pods: [2] });
const [column] = layoutScene({
  cluster,
  level: 'plumbing',
  width: 786,
  height: 634,
  involved: involvedIn(undefined, cluster),
  chosen: [],
}).columns;
const row = column!.blocks.find((block) => block.kind === 'port')!.rows[0]!;
const { down, up } = row.faces;

function litWith(text: string, weight: number, tone: Lit['chip']['tone'], focus = true): Lit {
  return { chip: { text, weight, tone, terminal: false }, tone: 'plain', step: 1, chains: [], focus };
}

function sceneOf(station: string, lit: Lit): LitScene {
  return { lit: new Map([[station, lit]]), stretches: [], lanes: new Map(), current: undefined, upcoming: new Map() };
}

describe('what the folded lane decided', () => {
  it('is kept when it was a rewriting or an end, not when a packet merely passed', () => {
    const kept = (lit: Lit) => keptOf(down!, sceneOf(down!.station, lit))?.text;
    expect(kept(litWith('DNAT → backend', 90, 'nat'))).toBe('DNAT → backend');
    expect(kept(litWith('accept', 30, 'ok'))).toBeUndefined();
    expect(kept(litWith('DNAT → backend', 90, 'nat', false))).toBeUndefined();
    expect(kept(litWith('IP_INHDR', 100, 'drop', false))).toBe('IP_INHDR');
  });

  it('stands beside what the open lane decided, and touches no other word', () => {
    const kept = keptOf(down!, sceneOf(down!.station, litWith('DNAT → backend-5c8b7d6f49-k6v4s', 90, 'nat')));
    const said = { lit: litWith('accept', 30, 'ok'), chains: [], met: true, kept };
    const words = layWords(row, up!, said);
    const shown = words.find((word) => word.part === 'kept')!;
    const chip = words.find((word) => word.part === 'chip')!;
    expect([shown.y, shown.anchor]).toEqual([chip.y, 'end']);
    expect(shown.x - shown.width).toBeGreaterThanOrEqual(chip.x + textWidth('accept', chip.font));
    expect(shown.text).toContain('DNAT');
  });

  it('says where it was decided if there is room', () => {
    const kept = { station: 'prerouting', text: 'DNAT → backend', tone: 'nat', weight: 90 } as const;
    const font = { family: 'words', size: 11 } as const;
    expect(keptText(kept, 400, font)).toBe('prerouting: DNAT → backend');
    expect(keptText(kept, 100, font)).toBe('DNAT → backend');
  });
});
