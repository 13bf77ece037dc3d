import type { Column, Face, Row } from '../../scene/layout/model.ts';
import type { Lit, LitScene } from '../../scene/lit.ts';
import type { Lane } from '../../scene/place.ts';
import { FitText } from './FitText.tsx';
import { type Kept, keptOf } from './kept.ts';
import { StationButton } from './StationButton.tsx';
import { layWords } from './stationWords.ts';

interface Props {
  readonly row: Row;
  readonly column: Column;
  readonly scene: LitScene;
  readonly lane: Lane;
  readonly highlighted: string | undefined;
}

/** A row's stations: the open lane's with its words, the other's as a dot. */
export function RowMarks({ row, column, scene, lane, highlighted }: Props) {
  const folded: Lane = lane === 'down' ? 'up' : 'down';
  const [face, other] = [row.faces[lane], row.faces[folded]];
  const y = row.box.y + row.box.height / 2;
  return (
    <>
      {other && <Dot x={column.laneX[folded]} y={y} lit={scene.lit.get(other.station)} folded />}
      {face && (
        <StationMarks
          row={row}
          face={face}
          column={column}
          scene={scene}
          kept={other && keptOf(other, scene)}
          highlighted={highlighted === face.station}
          dotX={column.laneX[lane]}
        />
      )}
    </>
  );
}

interface StationProps {
  readonly row: Row;
  readonly face: Face;
  readonly column: Column;
  readonly scene: LitScene;
  /** What the folded lane's station has decided. */
  readonly kept: Kept | undefined;
  readonly highlighted: boolean;
  readonly dotX: number;
}

function StationMarks({ row, face, column, scene, kept, highlighted, dotX }: StationProps) {
  const { box } = row;
  const lit = scene.lit.get(face.station);
  const current = scene.current === face.station;
  const middle = box.y + box.height / 2;
  const chip = lit && lit.chip.text !== '' ? lit.chip : undefined;
  const parts = face.parts?.flatMap((part) => scene.lit.get(part) ?? []) ?? [];
  const chains = parts.flatMap((part) => part.chains);
  // a hook has been met when one of its tables has
  const met = lit ?? (parts[0] && { ...parts[0], chip: { ...parts[0].chip, tone: 'quiet' as const } });
  const words = layWords(row, face, { lit, chains, met: met !== undefined, kept });
  return (
    <StationButton
      netns={column.netns}
      station={face.station}
      box={{ x: box.x + 3, y: box.y + 1, width: box.width - 6, height: box.height - 2 }}
      label={`${face.name}${chip ? `: ${chip.text}` : ''}`}
      step={met?.step ?? scene.upcoming.get(face.station)}
      current={current}
      className={`stage-station${current ? ' stage-current' : ''}${highlighted ? ' stage-highlighted' : ''}`}
    >
      <Dot x={dotX} y={middle} lit={met} current={current} />
      {words.map((word) => (
        <FitText key={word.part} {...word} />
      ))}
    </StationButton>
  );
}

interface DotProps {
  readonly x: number;
  readonly y: number;
  readonly lit: Lit | undefined;
  readonly folded?: boolean;
  readonly current?: boolean;
}

/** The mark on the line: hollow until a packet has met the station. */
export function Dot({ x, y, lit, folded, current }: DotProps) {
  const colour = lit
    ? ` stage-dot-lit stage-chip-${lit.chip.tone === 'quiet' ? `tone-${lit.tone}` : lit.chip.tone}`
    : '';
  const radius = folded ? (lit ? 2.8 : 2) : lit ? 4.6 : 3.2;
  return (
    <>
      {current && <circle className={`stage-halo${colour}`} cx={x} cy={y} r={8.5} />}
      <circle className={`stage-dot${folded ? ' stage-dot-folded' : ''}${colour}`} cx={x} cy={y} r={radius} />
    </>
  );
}
