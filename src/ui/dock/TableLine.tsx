import { Icon } from '../controls/icons.tsx';
import { type Place, placeOf } from './menuPlace.ts';
import type { ShownLine } from './shownLines.ts';

export interface TableLineProps {
  readonly line: ShownLine;
  readonly index: number;
  readonly lit: 'deciding' | 'pass' | 'met' | undefined;
  /** Words beside the line. */
  readonly mark: string;
  readonly decides: boolean;
  readonly rewrites: boolean;
  readonly pointed: boolean;
  /** Its button is the one in the tab order. */
  readonly isStop: boolean;
  readonly isOpen: boolean;
  readonly onPoint: (isOver: boolean) => void;
  readonly onMenu: (line: ShownLine, place: Place) => void;
}

/** One line of a table, with a button for what can be done to its entry. */
export function TableLine(props: TableLineProps) {
  const { line, index, lit, mark, decides, rewrites, pointed, isStop, isOpen, onPoint, onMenu } = props;
  const hasMenu = line.entry !== undefined;
  return (
    <li
      className="line"
      data-row={index}
      data-stop={isStop}
      data-lit={lit}
      data-rewrites={rewrites}
      data-pointed={pointed}
      aria-current={decides ? 'true' : undefined}
      onPointerEnter={() => onPoint(true)}
      onPointerLeave={() => onPoint(false)}
      onContextMenu={(event) => {
        // a finger's long press selects text, and selected text has the browser's own menu
        const { pointerType } = event.nativeEvent as Partial<globalThis.PointerEvent>;
        if (!hasMenu || pointerType === 'touch' || getSelection()?.type === 'Range') return;
        event.preventDefault();
        const button = event.currentTarget.querySelector('button');
        const onButton = button !== null && event.target instanceof Node && button.contains(event.target);
        const pointer = { x: event.clientX, y: event.clientY, width: 0, height: 0, byKey: false };
        onMenu(line, onButton ? placeOf(button, event.button !== 2) : pointer);
      }}
    >
      <i>{line.number}</i>
      <span>{line.text}</span>
      {mark !== '' && <b className="line-mark">{mark}</b>}
      {hasMenu && (
        <button
          type="button"
          className="line-menu"
          aria-label={`Edit: ${shortened(line.text)}`}
          aria-haspopup="menu"
          aria-expanded={isOpen}
          tabIndex={isStop ? 0 : -1}
          onClick={(event) => onMenu(line, placeOf(event.currentTarget, event.detail === 0))}
        >
          <Icon name="more" />
        </button>
      )}
    </li>
  );
}

const LONGEST_NAME = 120;

function shortened(text: string): string {
  const trimmed = text.trim();
  return trimmed.length <= LONGEST_NAME ? trimmed : `${trimmed.slice(0, LONGEST_NAME)}…`;
}
