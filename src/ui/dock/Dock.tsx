import { lazy, Suspense, useEffect, useId, useState } from 'react';
import type { NetnsId } from '../../datamodel/network/netnsId.ts';
import { useApp, useSession } from '../session.ts';
import { timelineOf } from '../timelines.ts';
import { DockTabs, isPane, tabName, useTabs } from './DockTabs.tsx';
import { NamespaceSelect } from './NamespaceSelect.tsx';
import { PrintedTable } from './PrintedTable.tsx';
import { toolOf } from './toolOf.ts';
import './dock.css';

const ManifestsPane = lazy(() =>
  import('../manifests/ManifestsPane.tsx').then(({ ManifestsPane }) => ({ default: ManifestsPane })),
);

const ObjectsPane = lazy(() =>
  import('../objects/ObjectsPane.tsx').then(({ ObjectsPane }) => ({ default: ObjectsPane })),
);
const RoutingPane = lazy(() =>
  import('../routing/RoutingPane.tsx').then(({ RoutingPane }) => ({ default: RoutingPane })),
);
const CommandLine = lazy(() =>
  import('../terminal/CommandLine.tsx').then(({ CommandLine }) => ({ default: CommandLine })),
);
/** The dock does not turn to a table for less than so many milliseconds. */
const LEAST_TURN = 350;

/** Tables of any node or Pod as the tools print them, and the manifests they came from. */
export function Dock() {
  const session = useSession();
  const id = useId();
  const tabs = useTabs();
  const chosen = useApp((state) => state.selection.dock);
  const tab = tabs.includes(chosen) ? chosen : 'iptables-save';
  const pinned = useApp((state) => state.selection.pinned);
  const conversation = useApp((state) => state.traffic.conversation);
  const told = useApp((state) => state.playback.told);
  const segment = conversation && told !== undefined ? timelineOf(conversation).bySteps.get(told) : undefined;
  const firstNode = useApp((state) => state.cluster.view?.nodes.find((node) => !node.controlPlane)?.netns);
  const packetAt = followed(segment?.step.netns);
  const home = useHome(tab === 'terminal', packetAt ?? firstNode);
  const netns = pinned ?? (tab === 'terminal' ? followed(home) : packetAt) ?? firstNode;
  useFollowTable();

  return (
    <div className="dock">
      <div className="dock-head">
        <DockTabs panel={`${id}-panel`} tabs={tabs} tab={tab} netns={netns} />
        {(!isPane(tab) || tab === 'terminal') && (
          <NamespaceSelect followed={packetAt} shown={netns} mayFollow={tab !== 'terminal'} />
        )}
      </div>
      <div className="dock-body" role="tabpanel" id={`${id}-panel`} aria-label={tabName(tab)}>
        {tab === 'manifests' ? (
          <Suspense fallback={<p className="table-state">Opening the editor…</p>}>
            <ManifestsPane />
          </Suspense>
        ) : tab === 'objects' ? (
          <Suspense fallback={<p className="table-state">Opening the objects…</p>}>
            <ObjectsPane />
          </Suspense>
        ) : tab === 'routing' ? (
          <Suspense fallback={<p className="table-state">Opening the control plane…</p>}>
            <RoutingPane />
          </Suspense>
        ) : tab === 'terminal' ? (
          <Suspense fallback={<p className="table-state">Opening the command line…</p>}>
            {netns === undefined ? (
              <p className="table-state">Choose a node or a Pod.</p>
            ) : (
              <CommandLine netns={netns} />
            )}
          </Suspense>
        ) : (
          <PrintedTable netns={netns} tool={tab} />
        )}
      </div>
    </div>
  );

  /** A mere switch between the nodes has no tables that decide anything. */
  function followed(candidate: string | undefined): string | undefined {
    const { view } = session.store.getState().cluster;
    if (candidate === undefined || !view) return undefined;
    const routers = view.underlay.name === 'l2' ? [] : view.underlay.routers;
    const known = [view.nodes, view.pods, view.outside, routers].some((group) =>
      group.some((each) => each.netns === candidate),
    );
    return known ? candidate : undefined;
  }
}

/** Whose command line is open when nobody was chosen: it stays with one while packets move on. */
function useHome(isOpen: boolean, present: NetnsId | undefined): NetnsId | undefined {
  const [home, setHome] = useState<NetnsId | undefined>(undefined);
  useEffect(() => {
    if (isOpen) setHome((before) => before ?? present);
  }, [isOpen, present]);
  return home ?? present;
}

/** Turns to the table that decided, as steps go by that are long enough to be read. */
function useFollowTable(): void {
  const session = useSession();
  const told = useApp((state) => state.playback.told);
  const wants = useApp((state) => state.selection.followTable && !isPane(state.selection.dock));
  useEffect(() => {
    const { traffic, playback, preferences, selection } = session.store.getState();
    const segment = told === undefined ? undefined : traffic.track?.bySteps.get(told);
    const tool = segment?.step.entry && toolOf(segment.step.entry.table, segment.step.entry.id);
    if (!wants || !segment || !tool || tool === selection.dock || selection.pinned !== undefined) return;
    if (playback.playing && (segment.end - segment.start) / preferences.speed < LEAST_TURN) return;
    session.select({ dock: tool });
  }, [session, told, wants]);
}
