import { describe, expect, it } from 'vitest';
import type { BgpDeed } from '../../../../datamodel/bgp/operation.ts';
import { bgpRoutes } from './converge.ts';
import { routesInTime } from './routesInTime.ts';
import { recordedLeafSpine, recordedMesh } from './testing/recordedPlans.ts';

const fabric = recordedLeafSpine();
const mesh = recordedMesh();
const AT = 7_000_000_000;

const cases: readonly { name: string; plan: typeof fabric; does: BgpDeed }[] = [
  ...fabric.links.slice(0, 4).flatMap(({ name: link }) => [
    { name: `${link} pulled`, plan: fabric, does: { kind: 'link-down', link } as const },
    { name: `${link} silent`, plan: fabric, does: { kind: 'drop', link } as const },
  ]),
  ...mesh.speakers.map(({ name: speaker }) => ({
    name: `${speaker} without power`,
    plan: mesh,
    does: { kind: 'power-off', speaker } as const,
  })),
];

describe('routes as time goes by', () => {
  it.each(cases)('end where the speakers settle: $name', ({ plan, does }) => {
    const { changes, at } = routesInTime(plan, [{ at: AT, does }], 5);
    const settled = bgpRoutes(plan, [does]);
    for (const { name } of plan.speakers) {
      if ('speaker' in does && does.speaker === name) continue;
      const own = (settled.get(name) ?? []).filter(({ protocol }) => protocol === 'bird');
      expect(at(name, Number.MAX_SAFE_INTEGER)?.map(told), name).toEqual(own.map(told));
    }
    expect(changes.every((time) => time >= AT)).toBe(true);
    expect(changes).toEqual([...new Set(changes)].sort((a, b) => a - b));
  });
});

/** Whether a device has a carrier is not BIRD's to say. */
function told<T extends { readonly linkDown?: boolean }>({ linkDown: _, ...route }: T) {
  return route;
}
