import { memo, type Ref } from 'react';
import { MOST_LINES, type Screen, type TerminalLine } from '../../store/terminal.ts';
import { useApp, useSession } from '../session.ts';

export interface TranscriptProps {
  readonly label: string;
  readonly screen: Screen;
  readonly ref: Ref<HTMLElement>;
  readonly children: React.ReactNode;
}

/** What was typed and printed. Standard error says that it is, in a word too; lines light up with their table entries. */
export function Transcript({ label, screen, ref, children }: TranscriptProps) {
  return (
    <section
      className="transcript mono"
      ref={ref}
      role="log"
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable with the keyboard
      tabIndex={0}
    >
      {screen.cut > 0 && (
        <p className="transcript-note">
          {screen.cut} earlier {screen.cut === 1 ? 'line is' : 'lines are'} gone: the last {MOST_LINES} are kept.
        </p>
      )}
      {screen.lines.map((line) => (
        <Line key={line.id} line={line} />
      ))}
      {children}
    </section>
  );
}

const Line = memo(function Line({ line }: { readonly line: TerminalLine }) {
  const session = useSession();
  const { entry, kind, text } = line;
  const pointed = useApp(
    ({ selection }) =>
      entry !== undefined &&
      selection.pointed?.id === entry.id &&
      selection.pointed.table === entry.table &&
      selection.pointed.netns === entry.netns,
  );
  return (
    <div
      className="transcript-line"
      data-kind={kind}
      data-pointed={pointed}
      {...(entry && {
        onPointerEnter: () => session.select({ pointed: entry }),
        onPointerLeave: () => session.select({ pointed: undefined }),
      })}
    >
      <span>{text}</span>
      {(kind === 'error' || kind === 'aside') && <b className="transcript-stream">stderr</b>}
    </div>
  );
});
