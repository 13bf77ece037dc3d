import { useCallback } from 'react';
import type { NetnsId } from '../../datamodel/network/netnsId.ts';
import type { DetailLevel } from '../../scene/detail.ts';
import { useShowStep } from '../dock/useShowStep.ts';
import { useApp, useSession } from '../session.ts';
import type { StageHover } from '../stage/playhead.ts';
import { Stage } from '../stage/Stage.tsx';
import { timelineOf } from '../timelines.ts';
import { Guard } from './Guard.tsx';

/** The stage, or what stands there while there is no cluster to draw. */
export function Center() {
  const session = useSession();
  const cluster = useApp((state) => state.cluster);
  const conversation = useApp((state) => state.traffic.conversation);
  const level = useApp((state) => state.preferences.level);
  const step = useApp((state) => state.playback.step);
  const pointed = useApp((state) => state.selection.pointed);
  const showStep = useShowStep();
  const changeLevel = useCallback((next: DetailLevel) => session.prefer({ level: next }), [session]);
  const pin = useCallback((netns: NetnsId) => session.select({ pinned: netns }), [session]);
  const hover = useCallback((on: StageHover | undefined) => session.select({ pointed: on?.entry }), [session]);

  if (cluster.status === 'failed') {
    return (
      <section className="center-state" role="alert">
        <h2>The simulation has stopped</h2>
        <p>{cluster.failure}</p>
        <button type="button" className="button primary" onClick={() => void session.restart()}>
          Start it again
        </button>
      </section>
    );
  }
  if (!cluster.view) {
    return (
      <section className="center-state" aria-busy="true">
        <p>Starting the simulated cluster…</p>
      </section>
    );
  }
  return (
    <div className="center-stage" data-busy={cluster.rebuilding}>
      <Guard what="The stage" attempt={conversation ?? cluster.view}>
        <Stage
          cluster={cluster.view}
          conversation={conversation}
          timeline={conversation && timelineOf(conversation)}
          level={level}
          onLevelChange={changeLevel}
          selectedStep={step}
          onSelectStep={showStep}
          onSelectNode={pin}
          onHover={hover}
          highlight={pointed}
          playhead={session.playback.clock}
        />
      </Guard>
    </div>
  );
}
