import type { Column, Face, Row } from '../../scene/layout/model.ts';
import type { Lit, LitScene } from '../../scene/lit.ts';
import type { Lane } from '../../scene/place.ts';
import { type Font, textWidth } from '../../scene/textFit.ts';
import { FitText } from './FitText.tsx';
import { StationButton } from './StationButton.tsx';

/** From a block's left edge to its words, right of both lanes. */
export const TEXT_X = 40;

const SMALL = { family: 'terminal', size: 11 } as const;
const PAD = 10;

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
  readonly highlighted: boolean;
  readonly dotX: number;
}

function StationMarks({ row, face, column, scene, highlighted, dotX }: StationProps) {
  const { box } = row;
  const lit = scene.lit.get(face.station);
  const current = scene.current === face.station;
  const middle = box.y + box.height / 2;
  const chip = lit && lit.chip.text !== '' ? lit.chip : undefined;
  const parts = face.parts?.flatMap((part) => scene.lit.get(part) ?? []) ?? [];
  const chains = parts.flatMap((part) => part.chains);
  // a hook has been met when one of its tables has
  const met = lit ?? (parts[0] && { ...parts[0], chip: { ...parts[0].chip, tone: 'quiet' as const } });
  const words = layWords(row, face, lit, chains, met !== undefined);
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

interface Word {
  readonly part: 'label' | 'aside' | 'note' | 'chains' | 'chip';
  readonly x: number;
  readonly y: number;
  readonly text: string;
  readonly font: Font;
  readonly width: number;
  readonly anchor?: 'end';
  readonly className: string;
}

/**
 * A station's words, so that none touches another. One line: the label, and what was decided at the right. Two lines: below
 * a hook's label the decision takes the place of the note, below a device's it stands beside it.
 */
function layWords({ box }: Row, face: Face, lit: Lit | undefined, chains: readonly string[], met: boolean): Word[] {
  const left = box.x + TEXT_X + (face.indent ? 12 : 0);
  const right = box.x + box.width - PAD;
  const all = right - left;
  const two = face.note !== undefined;
  const first = two ? box.y + box.height / 2 - 3 : box.y + box.height / 2 + 4;
  const second = first + 15;
  const labelFont: Font = { family: face.labelFont, size: face.strong ? 12 : 11, bold: face.strong };
  const labelWidth = Math.min(textWidth(face.label, labelFont), all);
  const labelTone = met ? ' stage-met' : face.indent ? ' stage-faint' : '';
  const words: Word[] = [
    {
      part: 'label',
      x: left,
      y: first,
      text: face.label,
      font: labelFont,
      width: labelWidth,
      className: `stage-label${labelTone}`,
    },
  ];
  const roomBeside = all - labelWidth - 8;
  const chip = lit && lit.chip.text !== '' ? lit.chip : undefined;
  const asideFits =
    face.aside !== undefined && (two || face.kind === 'bridge') && textWidth(face.aside, SMALL) <= roomBeside;
  if (face.aside !== undefined && (two ? asideFits : !chip)) {
    words.push({
      part: 'aside',
      x: right,
      y: first,
      text: face.aside,
      font: SMALL,
      width: roomBeside,
      anchor: 'end',
      className: 'stage-muted',
    });
  }
  const replaces = two && (face.kind === 'hook' || face.kind === 'node') && chip !== undefined;
  if (face.note !== undefined && !replaces) {
    const noteWidth = chip ? all - Math.min(textWidth(chip.text, SMALL), all / 2) - 8 : all;
    const tone = face.noteTone === 'tunnel' ? 'stage-tunnel-text' : 'stage-faint';
    words.push({
      part: 'note',
      x: left,
      y: second,
      text: face.note,
      font: SMALL,
      width: noteWidth,
      className: tone,
    });
  }
  const chainsWidth = roomBeside - (chip ? textWidth(chip.text, SMALL) + 8 : 0);
  if (chains.length > 0 && !two && chainsWidth > 40) {
    words.push({
      part: 'chains',
      x: left + labelWidth + 8,
      y: first,
      text: chains.join(' › '),
      font: SMALL,
      width: chainsWidth,
      className: 'stage-faint',
    });
  }
  if (!chip) return words;
  const font: Font = {
    family: chip.terminal ? 'terminal' : 'words',
    size: 11,
    bold: chip.tone === 'nat' || chip.tone === 'drop',
  };
  const className = `stage-chip stage-chip-${chip.tone}${lit?.focus ? '' : ' stage-waiting'}`;
  if (replaces) words.push({ part: 'chip', x: left, y: second, text: chip.text, font, width: all, className });
  else {
    const noteWidth = face.note === undefined ? 0 : Math.min(textWidth(face.note, SMALL), all / 2);
    const room = two ? all - noteWidth - 8 : roomBeside;
    if (room >= Math.min(52, textWidth(chip.text, font)))
      words.push({
        part: 'chip',
        x: right,
        y: two ? second : first,
        text: chip.text,
        font,
        width: room,
        anchor: 'end',
        className,
      });
  }
  return words;
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
