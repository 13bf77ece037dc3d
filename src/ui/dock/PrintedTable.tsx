import { lazy, Suspense, useMemo, useRef, useState } from 'react';
import type { Tool } from '../../datamodel/cluster/printed.ts';
import type { NetnsId } from '../../datamodel/network/netnsId.ts';
import type { EntryId } from '../../datamodel/network/tables.ts';
import { useApp, useSession } from '../session.ts';
import { timelineOf } from '../timelines.ts';
import { type LitLines, litLines } from './lit.ts';
import { placeOf } from './menuPlace.ts';
import { numbered, type ShownLine, shownLines } from './shownLines.ts';
import { TableLine } from './TableLine.tsx';
import { LEARNED_TOOLS, TOOL_NAMES, tableOf } from './toolOf.ts';
import { usePrinted } from './usePrinted.ts';
import { useTableMenu } from './useTableMenu.ts';
import { VirtualLines } from './VirtualLines.tsx';

const TableDiff = lazy(() => import('./TableDiff.tsx').then(({ TableDiff }) => ({ default: TableDiff })));

const UNLIT: LitLines = { deciding: undefined, pass: new Set(), met: new Set(), note: undefined };

/** What a tool prints in a namespace, with the lines lit that the shown packet met. */
export function PrintedTable({ netns, tool }: { readonly netns: NetnsId | undefined; readonly tool: Tool }) {
  const session = useSession();
  const conversation = useApp((state) => state.traffic.conversation);
  const told = useApp((state) => state.playback.told);
  const metOnly = useApp((state) => state.selection.walkedOnly);
  const lastChange = useApp((state) => state.cluster.lastChange);
  const wantsChanges = useApp((state) => state.selection.changed);
  const pointed = useApp((state) => state.selection.pointed);
  // the line that it was opened for
  const [wanted] = useState(pointed);
  const [filter, setFilter] = useState('');
  const { lines, problem, at, retry } = usePrinted(netns, tool);
  const { menu, open, close, run } = useTableMenu(netns, tool, at);
  const table = useRef<HTMLDivElement>(null);
  const all = useMemo(() => numbered(lines ?? []), [lines]);
  const rules = useMemo(() => all.reduce((sum, { text }) => sum + (text.startsWith('-A') ? 1 : 0), 0), [all]);
  const segment = conversation && told !== undefined ? timelineOf(conversation).bySteps.get(told) : undefined;
  const lit = useMemo(
    () =>
      conversation && segment && netns !== undefined
        ? litLines(conversation, segment.trace, segment.step, netns, tool)
        : UNLIT,
    [conversation, segment, netns, tool],
  );
  const canCompare = lastChange !== undefined && !LEARNED_TOOLS.has(tool) && netns !== undefined;
  const compares = canCompare && wantsChanges;
  const canNarrow = tableOf(tool) === 'rule' || tool === 'nft';
  const shown = useMemo(
    () => shownLines(all, lit, canNarrow && metOnly, filter),
    [all, lit, canNarrow, metOnly, filter],
  );
  const deciding = shown.findIndex((line) => line.entry !== undefined && line.entry === lit.deciding);
  const isWanted = wanted?.netns === netns && wanted?.table === tableOf(tool);
  const wantedAt = isWanted ? shown.findIndex((line) => line.entry === wanted?.id) : -1;
  const label = netns === undefined ? TOOL_NAMES[tool] : `${TOOL_NAMES[tool]} on ${netns}`;

  const copy = async (): Promise<void> => {
    const text = shown.map((line) => line.text).join('\n');
    try {
      await navigator.clipboard.writeText(`${text}\n`);
      session.notices.add('news', 'Copied', `${shown.length} lines of ${label}`);
    } catch {
      session.notices.add(
        'trouble',
        'Not copied',
        'The browser does not allow writing to the clipboard. Select the lines instead.',
      );
    }
  };

  return (
    <div className="table" ref={table}>
      <div className="table-tools">
        <input
          className="input mono filter"
          type="search"
          placeholder="Filter lines"
          aria-label="Filter lines"
          value={filter}
          maxLength={200}
          onChange={(event) => setFilter(event.target.value)}
        />
        {canCompare && (
          <button
            type="button"
            className="button small"
            aria-pressed={compares}
            title={`What went and what came: ${lastChange.what}`}
            onClick={() => session.select({ changed: !compares })}
          >
            What changed
          </button>
        )}
        {canNarrow && !compares && (
          <button
            type="button"
            className="button small"
            aria-pressed={metOnly}
            title="Only the rules that the shown packet met, and those tried just before"
            onClick={() => session.select({ walkedOnly: !metOnly })}
          >
            Only what it met
          </button>
        )}
        <span className="table-count mono">
          {lines && !compares ? countText(tool, rules, lines.length, shown.length, lit.met.size) : ''}
        </span>
        {tool !== 'sysctl' && !compares && (
          <button
            type="button"
            className="button small"
            disabled={shown.length === 0}
            aria-haspopup="menu"
            aria-expanded={menu !== undefined && !menu.line}
            data-table-menu
            onClick={(event) => open(undefined, placeOf(event.currentTarget, event.detail === 0))}
          >
            Edit…
          </button>
        )}
        {!compares && (
          <button type="button" className="button small" disabled={shown.length === 0} onClick={() => void copy()}>
            Copy
          </button>
        )}
      </div>
      {compares ? (
        <Suspense fallback={<p className="table-state">Comparing…</p>}>
          <TableDiff netns={netns} tool={tool} label={label} filter={filter} since={lastChange.what} />
        </Suspense>
      ) : problem !== undefined ? (
        <p className="table-state" role="alert">
          {problem}{' '}
          <button type="button" className="button small" onClick={retry}>
            Try again
          </button>
        </p>
      ) : lines === undefined ? (
        <p className="table-state">{netns === undefined ? 'Choose a node or a Pod.' : ''}</p>
      ) : shown.length === 0 ? (
        <p className="table-state">
          {lines.length === 0
            ? `${label} prints nothing: the table is empty.`
            : `No line of ${lines.length} has “${filter}”.`}{' '}
          {lines.length > 0 && (
            <button type="button" className="button small" onClick={() => setFilter('')}>
              Clear the filter
            </button>
          )}
        </p>
      ) : (
        <VirtualLines
          key={`${netns} ${tool}`}
          count={shown.length}
          label={label}
          target={wantedAt < 0 ? deciding : wantedAt}
          takesFocus={wantedAt >= 0}
          hasButton={(index) => shown[index]?.entry !== undefined}
          render={(index, isStop) => {
            const line = shown[index];
            if (!line) return null;
            const { entry } = line;
            const reference =
              entry !== undefined && netns !== undefined ? { netns, table: tableOf(tool), id: entry } : undefined;
            const marks = [
              isEdited(entry) && 'edited',
              index === deciding && 'decides',
              index === wantedAt && 'asked for',
            ]
              .filter(Boolean)
              .join(' · ');
            return (
              <TableLine
                key={line.number}
                line={line}
                index={index}
                lit={litness(line, lit)}
                mark={marks}
                decides={index === deciding}
                rewrites={index === deciding && segment?.step.type === 'translate'}
                pointed={
                  index === wantedAt || (entry !== undefined && pointed?.id === entry && pointed.netns === netns)
                }
                isStop={isStop}
                isOpen={menu?.line?.number === line.number}
                onPoint={(isOver) => session.select({ pointed: isOver ? reference : undefined })}
                onMenu={open}
              />
            );
          }}
        />
      )}
      {menu && (
        <menu.Menu
          label={menu.line ? `Edits of line ${menu.line.number}` : `Edits of ${label}`}
          subject={menu.line?.text.trim()}
          offers={menu.offers}
          place={menu.place}
          onRun={run}
          onClose={close}
          onReturn={() => {
            const from = menu.line ? '[data-stop="true"] .line-menu' : '[data-table-menu]';
            table.current?.querySelector<HTMLElement>(from)?.focus({ preventScroll: true });
          }}
        />
      )}
      <p className="table-note" hidden={lit.note === undefined || compares}>
        {lit.note}
      </p>
    </div>
  );
}

function litness(line: ShownLine, lit: LitLines): 'deciding' | 'pass' | 'met' | undefined {
  if (line.entry === undefined) return undefined;
  if (line.entry === lit.deciding) return 'deciding';
  if (lit.pass.has(line.entry)) return 'pass';
  return lit.met.has(line.entry) ? 'met' : undefined;
}

function countText(tool: Tool, rules: number, total: number, shown: number, met: number): string {
  if (tableOf(tool) === 'rule') return met > 0 ? `${met} of ${rules} rules met` : `${rules} rules`;
  if (tool === 'nft' && met > 0) return `${met} of ${total} lines met`;
  return shown === total ? `${total} lines` : `${shown} of ${total} lines`;
}

/** Whether a person's command wrote it: the simulation gives such entries ids of their own. */
function isEdited(entry: EntryId | undefined): boolean {
  return entry?.startsWith('user:') ?? false;
}
