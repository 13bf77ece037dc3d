import { memo, use } from 'react';
import type { Block, Column } from '../../scene/layout/model.ts';
import type { Lit, LitScene } from '../../scene/lit.ts';
import type { Lane } from '../../scene/place.ts';
import { textWidth } from '../../scene/textFit.ts';
import { EditCountsContext, EditMark, editMarkWidth, editWords } from './EditMark.tsx';
import { FitText } from './FitText.tsx';
import { type Kept, keptOf, keptText } from './kept.ts';
import { PodMarks } from './PodMarks.tsx';
import { RowMarks } from './RowMarks.tsx';
import { StationButton } from './StationButton.tsx';
import { TEXT_X } from './stationWords.ts';

interface Props {
  readonly column: Column;
  readonly scene: LitScene;
  readonly highlighted: string | undefined;
}

const LANES: readonly Lane[] = ['down', 'up'];
const SMALL = { family: 'terminal', size: 11 } as const;
const WORDS = { family: 'words', size: 11 } as const;
/** In pixels; what is longer is cut. */
const MOST_TAGS = 100;

/** A node's words and marks, above all lines: what each station is, and what it has decided. */
export const ColumnMarks = memo(
  function ColumnMarks({ column, scene, highlighted }: Props) {
    const lane = scene.lanes.get(column.netns) ?? 'down';
    const dimmed = scene.current !== undefined && !column.onPath;
    return (
      <g className={`stage-column${dimmed ? ' stage-dimmed' : ''}`} data-node={column.name}>
        <Header column={column} />
        <PodMarks column={column} scene={scene} />
        {column.blocks.map((block) => (
          <BlockMarks
            key={block.kind}
            block={block}
            column={column}
            scene={scene}
            lane={lane}
            highlighted={highlighted}
          />
        ))}
      </g>
    );
  },
  (before, after) =>
    before.column === after.column &&
    before.highlighted === after.highlighted &&
    looksAlike(before.column, before.scene, after.scene),
);

/** Whether nothing that the column shows is different. */
function looksAlike(column: Column, before: LitScene, after: LitScene): boolean {
  if (before.lanes.get(column.netns) !== after.lanes.get(column.netns)) return false;
  if ((before.current === undefined) !== (after.current === undefined)) return false;
  for (const id of stationsOf(column)) {
    if ((before.current === id) !== (after.current === id)) return false;
    if (before.upcoming.get(id) !== after.upcoming.get(id)) return false;
    const [old, now] = [before.lit.get(id), after.lit.get(id)];
    if (
      old?.chip.text !== now?.chip.text ||
      old?.step !== now?.step ||
      old?.tone !== now?.tone ||
      old?.chains.length !== now?.chains.length ||
      old?.focus !== now?.focus
    )
      return false;
  }
  return true;
}

function stationsOf(column: Column): string[] {
  const rows = column.blocks.flatMap((block) =>
    block.rows.flatMap((row) => LANES.flatMap((lane) => row.faces[lane]?.station ?? [])),
  );
  const pods = column.pods.flatMap((pod) => (pod.veth ? [pod.station, pod.veth.station] : [pod.station]));
  return [...rows, ...pods, ...(column.fold ? [column.fold.station] : [])];
}

function Header({ column }: { readonly column: Column }) {
  const { box, netns } = column;
  const edits = use(EditCountsContext).get(netns);
  const markWidth = editMarkWidth(edits);
  const tags = [
    column.controlPlane && 'control plane',
    !column.ready && 'not ready',
    !column.proxyRunning && 'proxy stopped',
  ].filter((tag) => tag !== false);
  const tagsWidth = Math.min(MOST_TAGS, textWidth(tags.join(', '), WORDS));
  const addressWidth = Math.min(textWidth(column.address, SMALL), (box.width - 36) / 2);
  const told = `${tags.map((tag) => `, ${tag}`).join('')}${editWords(edits)}`;
  const label = `Node ${column.name}, ${column.address}${told}`;
  const hit = { x: box.x + 5, y: box.y + 5, width: box.width - 10, height: 41 };
  return (
    <StationButton netns={netns} station={netns} box={hit} label={label} act="open" radius={10}>
      <FitText
        x={box.x + 14}
        y={box.y + 20}
        text={column.name}
        font={{ family: 'words', size: 13.5, bold: true }}
        width={box.width - 36 - addressWidth}
      />
      <FitText
        x={box.x + box.width - 14}
        y={box.y + 20}
        text={column.address}
        font={SMALL}
        width={addressWidth + 1}
        anchor="end"
        className="stage-muted"
      />
      <FitText
        x={box.x + 14}
        y={box.y + 35}
        text={column.podRange ?? 'no podCIDR'}
        font={SMALL}
        width={box.width - 28 - markWidth - (tags.length > 0 ? tagsWidth + 10 : 0)}
        className="stage-faint"
      />
      <EditMark x={box.x + box.width - 14} y={box.y + 35} edits={edits} />
      {tags.length > 0 && (
        <FitText
          x={box.x + box.width - 14 - markWidth}
          y={box.y + 35}
          text={tags.join(', ')}
          font={WORDS}
          width={tagsWidth + 1}
          anchor="end"
          className={column.ready ? (column.proxyRunning ? 'stage-control' : 'stage-edited') : 'stage-bad'}
        />
      )}
    </StationButton>
  );
}

interface BlockProps {
  readonly block: Block;
  readonly column: Column;
  readonly scene: LitScene;
  readonly lane: Lane;
  readonly highlighted: string | undefined;
}

function BlockMarks({ block, column, scene, lane, highlighted }: BlockProps) {
  const { box, title } = block;
  const lit = litColour(block, scene, lane);
  const kept = title && keptIn(block, scene, lane);
  const titleRoom = box.width - TEXT_X - 24 - textWidth(title?.left ?? '', { ...WORDS, bold: true });
  return (
    <g>
      {lit && <rect className={`stage-lit stage-chip-${lit}`} {...box} rx={9} />}
      {title && (
        <>
          <FitText
            x={box.x + TEXT_X}
            y={box.y + 17}
            text={title.left}
            font={{ ...WORDS, bold: true }}
            className="stage-faint"
          />
          <FitText
            x={box.x + box.width - 12}
            y={box.y + 17}
            text={kept ? keptText(kept, titleRoom, WORDS) : firstFitting(title.right, titleRoom)}
            font={WORDS}
            width={titleRoom}
            anchor="end"
            className={kept ? `stage-chip stage-chip-${kept.tone}` : title.stale ? 'stage-edited' : 'stage-faint'}
          />
        </>
      )}
      {block.rows.map((row) => (
        <RowMarks key={row.box.y} row={row} column={column} scene={scene} lane={lane} highlighted={highlighted} />
      ))}
    </g>
  );
}

/** The longest words that have room; else the shortest, to be cut. */
function firstFitting(words: readonly string[], width: number): string {
  return words.find((each) => textWidth(each, WORDS) <= width) ?? words.at(-1) ?? '';
}

/** The weightiest decision of the folded lane: a packet that comes in and goes on turns round in the kernel. */
function keptIn(block: Block, scene: LitScene, lane: Lane): Kept | undefined {
  const folded: Lane = lane === 'down' ? 'up' : 'down';
  return block.rows
    .flatMap(({ faces }) => (faces[folded] && keptOf(faces[folded], scene)) ?? [])
    .reduce<Kept | undefined>((most, kept) => (!most || kept.weight > most.weight ? kept : most), undefined);
}

/** A device or a hook of its own is framed in the colour of what it did; the kernel's rows are too many for that. */
function litColour(block: Block, scene: LitScene, lane: Lane): string | undefined {
  if (block.kind === 'kernel') return undefined;
  const chips = block.rows
    .flatMap((row) => scene.lit.get(row.faces[lane]?.station ?? '') ?? [])
    .filter((lit) => lit.focus);
  const best = chips.reduce<Lit | undefined>(
    (most, lit) => (!most || lit.chip.weight > most.chip.weight ? lit : most),
    undefined,
  );
  if (!best) return undefined;
  if (block.kind === 'outer' && best.chip.tone !== 'drop') return 'tunnel';
  return best.chip.tone === 'quiet' ? (best.tone.endsWith('tunnel') ? 'tunnel' : 'l4') : best.chip.tone;
}
