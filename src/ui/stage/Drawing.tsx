import { memo } from 'react';
import type { EntryRef } from '../../datamodel/flow/step.ts';
import type { NetnsId } from '../../datamodel/network/netnsId.ts';
import type { SceneLayout } from '../../scene/layout/model.ts';
import type { LitScene } from '../../scene/lit.ts';
import type { Journey } from '../../scene/ride.ts';
import { ColumnBoxes } from './ColumnBoxes.tsx';
import { ColumnMarks } from './ColumnMarks.tsx';
import { Lines } from './Lines.tsx';
import type { StageHover } from './playhead.ts';
import { Surroundings, SurroundingsBoxes } from './Surroundings.tsx';
import { type StationActions, StationContext } from './stationActions.ts';
import { useSteady } from './useSteady.ts';
import { Wires } from './Wires.tsx';

interface Props {
  readonly layout: SceneLayout;
  readonly scene: LitScene;
  readonly journey: Journey | undefined;
  readonly highlight: EntryRef | undefined;
  readonly onSelectStep: (step: number) => void;
  readonly onSelectNode: ((netns: NetnsId) => void) | undefined;
  readonly onChooseNode: (netns: NetnsId) => void;
  readonly onHover: ((hover: StageHover | undefined) => void) | undefined;
}

/** Everything that stands still: it is drawn anew when the step changes, and then only where something did. */
export const Drawing = memo(function Drawing(props: Props) {
  const { layout, scene, journey, highlight, onSelectStep, onSelectNode, onChooseNode, onHover } = props;
  const actions: StationActions = useSteady({
    select: (step) => onSelectStep(step),
    choose: (netns) => onChooseNode(netns),
    open: (netns) => onSelectNode?.(netns),
    hover: (netns, step) => {
      if (netns === undefined) return onHover?.(undefined);
      const entry = step === undefined ? undefined : journey?.timeline.bySteps.get(step)?.step.entry;
      onHover?.({ netns, ...(step !== undefined && { step }), ...(entry && { entry }) });
    },
  });
  const highlighted = highlight && stationOfEntry(highlight, journey);
  return (
    <StationContext value={actions}>
      <SurroundingsBoxes layout={layout} />
      {layout.columns.map((column) => (
        <ColumnBoxes key={column.netns} column={column} dimmed={scene.current !== undefined && !column.onPath} />
      ))}
      <Wires layout={layout} lanes={scene.lanes} />
      <Lines stretches={scene.stretches} />
      {layout.columns.map((column) => (
        <ColumnMarks key={column.netns} column={column} scene={scene} highlighted={highlighted} />
      ))}
      <Surroundings layout={layout} scene={scene} />
    </StationContext>
  );
});

/** The station whose step the table line decided. */
function stationOfEntry(entry: EntryRef, journey: Journey | undefined): string | undefined {
  for (const ride of journey?.rides ?? []) {
    for (const { segment, stop } of ride.legs) {
      const own = segment.step.entry;
      if (own && own.id === entry.id && own.table === entry.table && own.netns === entry.netns) return stop.station.id;
    }
  }
  return undefined;
}
