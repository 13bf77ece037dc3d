import { use } from 'react';
import type { SceneLayout } from '../../scene/layout/model.ts';
import type { LitScene } from '../../scene/lit.ts';
import { EditCountsContext, EditMark, editMarkWidth, editWords } from './EditMark.tsx';
import { FitText } from './FitText.tsx';
import { StationButton } from './StationButton.tsx';

const WORDS = { family: 'words', size: 11 } as const;
const MARGIN = 8;

interface Props {
  readonly layout: SceneLayout;
  readonly scene: LitScene;
}

/** The routers of a fabric: pressed, each opens its tables, or the step that it decided. */
export function RouterMarks({ layout, scene }: Props) {
  const counts = use(EditCountsContext);
  return (
    <>
      {layout.routers.map(({ netns, station, name, label, box, dot }) => {
        const lit = scene.lit.get(station);
        const edits = counts.get(netns);
        const step = lit?.step ?? scene.upcoming.get(station);
        const isCurrent = scene.current === station;
        // the capsule itself says so while it is there
        const chip = lit && !isCurrent ? lit.chip : undefined;
        return (
          <StationButton
            key={netns}
            netns={netns}
            station={station}
            box={box}
            label={`Router ${label}${editWords(edits)}${lit ? `: ${lit.chip.text}` : ''}`}
            {...(step === undefined ? { act: 'open' as const } : { step })}
            current={isCurrent}
          >
            <circle
              className={`stage-dot${lit ? ` stage-dot-lit stage-chip-tone-${lit.tone}` : ''}`}
              cx={dot.x}
              cy={dot.y}
              r={lit ? 4.6 : 3.2}
            />
            <FitText
              x={dot.x}
              y={box.y + box.height - 6}
              text={chip ? `${name} · ${chip.text}` : label}
              font={WORDS}
              width={box.width - 2 * MARGIN - editMarkWidth(edits)}
              anchor="middle"
              className={chip?.tone === 'drop' ? 'stage-chip stage-chip-drop' : 'stage-muted'}
            />
            <EditMark x={box.x + box.width - MARGIN} y={box.y + 14} edits={edits} />
          </StationButton>
        );
      })}
    </>
  );
}
