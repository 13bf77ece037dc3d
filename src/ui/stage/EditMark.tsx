import { createContext } from 'react';
import type { EditView } from '../../datamodel/cluster/view.ts';
import type { NetnsId } from '../../datamodel/network/netnsId.ts';
import { count } from '../../scene/describe.ts';
import { textWidth } from '../../scene/textFit.ts';

/** How many command lines have changed a namespace; none are absent. */
export type EditCounts = ReadonlyMap<NetnsId, number>;

export const EditCountsContext = createContext<EditCounts>(new Map());

export function editCounts(edits: readonly EditView[] | undefined): EditCounts {
  const counts = new Map<NetnsId, number>();
  for (const { netns } of edits ?? []) counts.set(netns, (counts.get(netns) ?? 0) + 1);
  return counts;
}

/** For a station's accessible name: `, 2 changes`; empty without any. */
export function editWords(edits: number | undefined): string {
  return edits === undefined ? '' : `, ${count(edits, 'change')}`;
}

const FONT = { family: 'words', size: 11, bold: true } as const;
const PENCIL = 10;
const GAP = 3;

/** Pixels that a mark takes, with the distance to what stands beside it; 0 without changes. */
export function editMarkWidth(edits: number | undefined): number {
  return edits === undefined ? 0 : PENCIL + GAP + textWidth(String(edits), FONT) + 6;
}

interface Props {
  /** The right end, on the line of the words beside it. */
  readonly x: number;
  readonly y: number;
  readonly edits: number | undefined;
}

/** A pencil and a number: people's commands have changed tables there. */
export function EditMark({ x, y, edits }: Props) {
  if (edits === undefined) return null;
  const left = x - PENCIL - GAP - textWidth(String(edits), FONT);
  return (
    <g className="stage-edited" data-edits={edits}>
      <title>{`${count(edits, 'change')} by your commands`}</title>
      <path d={`M${left + 1} ${y}l.6-2.6L${left + 7} ${y - 8}l2 2-5.4 5.4z`} />
      <text className="stage-words stage-bold" x={x} y={y} fontSize={FONT.size} textAnchor="end">
        {edits}
      </text>
    </g>
  );
}
