import { type KeyboardEvent, useEffect, useId, useMemo, useRef } from 'react';
import type { Tool } from '../../datamodel/cluster/printed.ts';
import type { NetnsId } from '../../datamodel/network/netnsId.ts';
import type { DockPane, DockTab } from '../../store/appState.ts';
import { tableOfCommand } from '../../store/tableOfCommand.ts';
import { useApp, useSession } from '../session.ts';
import { TOOL_NAMES, toolOf, toolsIn } from './toolOf.ts';

const PANES: Readonly<Record<DockPane, string>> = {
  terminal: 'Command line',
  objects: 'Objects',
  routing: 'Routing',
  manifests: 'Manifests',
};
const PANE_TABS: readonly DockPane[] = ['terminal', 'objects', 'routing', 'manifests'];
/** Seldom looked at: they stand where the others leave room. */
const RARE: ReadonlySet<Tool> = new Set(['sysctl', 'ip6tables-save']);

export function tabName(tab: DockTab): string {
  return isPane(tab) ? PANES[tab] : TOOL_NAMES[tab];
}

/** Whether a tab is anything else than one namespace's table. */
export function isPane(tab: DockTab): tab is DockPane {
  return Object.hasOwn(PANES, tab);
}

export interface DockTabsProps {
  /** Id of what the tabs switch. */
  readonly panel: string;
  readonly tabs: readonly DockTab[];
  readonly tab: DockTab;
  /** Whose tables are shown; those that a person changed there have a dot. */
  readonly netns: NetnsId | undefined;
}

/** A tab for every tool that has something to print in this cluster, then the others, then what is seldom looked at. */
export function useTabs(): readonly DockTab[] {
  const view = useApp((state) => state.cluster.view);
  // what went with the last change can still be looked at
  const before = useApp((state) => state.cluster.lastChange?.before);
  return useMemo(() => {
    const tools = toolsIn(view, before);
    const panes = PANE_TABS.filter((pane) => pane !== 'routing' || view?.bgp || view?.leases);
    return [...tools.filter((tool) => !RARE.has(tool)), ...panes, ...tools.filter((tool) => RARE.has(tool))];
  }, [view, before]);
}

/** One tab a tool, the command line, the objects that run, and the manifests they came from. */
export function DockTabs({ panel, tabs, tab, netns }: DockTabsProps) {
  const session = useSession();
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const edits = useApp((state) => state.cluster.view?.edits);
  const changed = new Set(
    edits?.flatMap((edit) => {
      const table = edit.netns === netns ? tableOfCommand(edit.line) : undefined;
      return (table && toolOf(table)) ?? [];
    }),
  );
  useEffect(() => {
    // the list alone scrolls, never the page around it
    const chosen = list.current?.querySelectorAll<HTMLElement>('[role="tab"]')[tabs.indexOf(tab)];
    if (!list.current || !chosen) return;
    const { scrollLeft, clientWidth } = list.current;
    const left = chosen.offsetLeft - list.current.offsetLeft;
    if (left < scrollLeft) list.current.scrollLeft = left;
    else if (left + chosen.offsetWidth > scrollLeft + clientWidth)
      list.current.scrollLeft = left + chosen.offsetWidth - clientWidth;
  }, [tab, tabs]);
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
      {tabs.map((each) => {
        const isChanged = !isPane(each) && changed.has(each);
        return (
          <button
            key={each}
            type="button"
            role="tab"
            className="tab"
            aria-selected={each === tab}
            aria-controls={panel}
            tabIndex={each === tab ? 0 : -1}
            data-changed={isChanged}
            {...(isChanged && { 'aria-describedby': id, title: 'changed here by your commands' })}
            onClick={() => choose(each)}
          >
            {tabName(each)}
          </button>
        );
      })}
      <span id={id} hidden>
        changed here by your commands
      </span>
    </div>
  );
}
