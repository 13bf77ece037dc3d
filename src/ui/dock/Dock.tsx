import { type KeyboardEvent, lazy, Suspense, useEffect, useId, useRef } from 'react';
import type { DockTab } from '../../store/appState.ts';
import { useApp, useSession } from '../session.ts';
import { timelineOf } from '../timelines.ts';
import { NamespaceSelect } from './NamespaceSelect.tsx';
import { PrintedTable } from './PrintedTable.tsx';
import { PROGRAM_TOOLS, TOOL_NAMES, TOOLS, toolOf } from './toolOf.ts';
import './dock.css';

const ManifestsPane = lazy(() =>
  import('../manifests/ManifestsPane.tsx').then(({ ManifestsPane }) => ({ default: ManifestsPane })),
);

const TABS: readonly DockTab[] = [...TOOLS.filter((tool) => !PROGRAM_TOOLS.has(tool)), 'manifests'];
const PROGRAMMED_TABS: readonly DockTab[] = [...TOOLS, 'manifests'];
/** The dock does not turn to a table for less than so many milliseconds. */
const LEAST_TURN = 350;

/** Tables of any node or Pod as the tools print them, and the manifests they came from. */
export function Dock() {
  const session = useSession();
  const id = useId();
  const tab = useApp((state) => state.selection.dock);
  const pinned = useApp((state) => state.selection.pinned);
  const conversation = useApp((state) => state.traffic.conversation);
  const told = useApp((state) => state.playback.told);
  const segment = conversation && told !== undefined ? timelineOf(conversation).bySteps.get(told) : undefined;
  const firstNode = useApp((state) => state.cluster.view?.nodes.find((node) => !node.controlPlane)?.netns);
  const netns = pinned ?? followed(segment?.step.netns) ?? firstNode;
  useFollowTable();

  return (
    <div className="dock">
      <div className="dock-head">
        <Tabs id={id} tab={tab} />
        {tab !== 'manifests' && <NamespaceSelect followed={followed(segment?.step.netns)} shown={netns} />}
      </div>
      <div
        className="dock-body"
        role="tabpanel"
        id={`${id}-panel`}
        aria-label={tab === 'manifests' ? 'Manifests' : TOOL_NAMES[tab]}
      >
        {tab === 'manifests' ? (
          <Suspense fallback={<p className="table-state">Opening the editor…</p>}>
            <ManifestsPane />
          </Suspense>
        ) : (
          <PrintedTable netns={netns} tool={tab} />
        )}
      </div>
    </div>
  );

  /** The switch between the nodes has no tables. */
  function followed(candidate: string | undefined): string | undefined {
    const { view } = session.store.getState().cluster;
    if (candidate === undefined || !view) return undefined;
    const known = [view.nodes, view.pods, view.outside].some((group) => group.some((each) => each.netns === candidate));
    return known ? candidate : undefined;
  }
}

/** Turns to the table that decided, as steps go by that are long enough to be read. */
function useFollowTable(): void {
  const session = useSession();
  const told = useApp((state) => state.playback.told);
  const wants = useApp((state) => state.selection.followTable && state.selection.dock !== 'manifests');
  useEffect(() => {
    const { traffic, playback, preferences, selection } = session.store.getState();
    const segment = told === undefined ? undefined : traffic.track?.bySteps.get(told);
    const tool = segment?.step.entry && toolOf(segment.step.entry.table, segment.step.entry.id);
    if (!wants || !segment || !tool || tool === selection.dock || selection.pinned !== undefined) return;
    if (playback.playing && (segment.end - segment.start) / preferences.speed < LEAST_TURN) return;
    session.select({ dock: tool });
  }, [session, told, wants]);
}

function Tabs({ id, tab }: { readonly id: string; readonly tab: DockTab }) {
  const session = useSession();
  const list = useRef<HTMLDivElement>(null);
  const programmed = useApp((state) => state.cluster.view?.nodes.some((node) => node.programmed) ?? false);
  const tabs = programmed || isProgramTool(tab) ? PROGRAMMED_TABS : TABS;
  const choose = (next: DockTab): void => session.select({ dock: next, followTable: false });
  const onKeyDown = (event: KeyboardEvent): void => {
    const at = tabs.indexOf(tab);
    const moves = new Map([
      ['ArrowRight', at + 1],
      ['ArrowLeft', at - 1],
      ['Home', 0],
      ['End', tabs.length - 1],
    ]);
    const to = moves.get(event.key);
    if (to === undefined) return;
    event.preventDefault();
    const index = (to + tabs.length) % tabs.length;
    choose(tabs[index] ?? tab);
    list.current?.querySelectorAll<HTMLElement>('[role="tab"]')[index]?.focus();
  };
  return (
    <div className="tabs" role="tablist" aria-label="Tables and manifests" ref={list} onKeyDown={onKeyDown}>
      {tabs.map((each) => (
        <button
          key={each}
          type="button"
          role="tab"
          className="tab"
          aria-selected={each === tab}
          aria-controls={`${id}-panel`}
          tabIndex={each === tab ? 0 : -1}
          onClick={() => choose(each)}
        >
          {each === 'manifests' ? 'Manifests' : TOOL_NAMES[each]}
        </button>
      ))}
    </div>
  );
}

function isProgramTool(tab: DockTab): boolean {
  return tab !== 'manifests' && PROGRAM_TOOLS.has(tab);
}
