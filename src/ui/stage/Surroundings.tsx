import { lazy, memo, Suspense, use } from 'react';
import type { OutsideBox, SceneLayout } from '../../scene/layout/model.ts';
import { outsideWord } from '../../scene/layout/surroundings.ts';
import type { LitScene } from '../../scene/lit.ts';
import { textWidth } from '../../scene/textFit.ts';
import { EditCountsContext, EditMark, editMarkWidth, editWords } from './EditMark.tsx';
import { FitText } from './FitText.tsx';
import { StationButton } from './StationButton.tsx';

const RouterMarks = lazy(() => import('./RouterMarks.tsx').then((module) => ({ default: module.RouterMarks })));

const SMALL = { family: 'terminal', size: 11 } as const;
const WORDS = { family: 'words', size: 11 } as const;

/** Boxes around the nodes, below all lines. */
export const SurroundingsBoxes = memo(function SurroundingsBoxes({ layout }: { readonly layout: SceneLayout }) {
  return (
    <g>
      <rect className="stage-underlay" {...layout.underlay.box} rx={10} />
      {layout.routers.map(({ netns, box }) => (
        <rect key={netns} className="stage-router" {...box} rx={7} />
      ))}
      {layout.outside.map((host) => (
        <rect key={host.netns} className="stage-outside" {...host.box} rx={8} />
      ))}
      {layout.tiles.map((tile) => (
        <rect key={tile.netns} className="stage-tile" {...tile.box} rx={6} />
      ))}
      {layout.tileFold && <rect className="stage-tile" {...layout.tileFold.box} rx={6} />}
    </g>
  );
});

interface Props {
  readonly layout: SceneLayout;
  readonly scene: LitScene;
}

/** The underlay, hosts outside, and the nodes that are not drawn as columns. */
export function Surroundings({ layout, scene }: Props) {
  const { underlay, outside, tiles, tileFold } = layout;
  const counts = use(EditCountsContext);
  const { box, label, short, station } = underlay;
  const lit = scene.lit.get(station);
  const foldedAt = (host: OutsideBox): number => (host === outside.at(-1) ? layout.outsideFold : 0);
  const labelFont = { family: 'words', size: 12 } as const;
  // the capsule itself says so while it is there
  const dropped = lit?.chip.tone === 'drop' && scene.current !== station ? lit.chip : undefined;
  return (
    <>
      <StationButton
        netns={station}
        station={station}
        box={box}
        label={`${label}${lit ? `: ${lit.chip.text}` : ''}`}
        step={lit?.step ?? scene.upcoming.get(station)}
        radius={10}
        current={scene.current === station}
      >
        <FitText
          x={box.x + box.width - 14}
          y={box.y + box.height - 10}
          text={short}
          font={labelFont}
          width={box.width - 28 - (dropped ? 130 : 0)}
          anchor="end"
          className="stage-muted"
        />
        {dropped && (
          <FitText
            x={box.x + 14}
            y={box.y + box.height - 10}
            text={dropped.text}
            font={SMALL}
            width={130}
            className="stage-chip stage-chip-drop"
          />
        )}
      </StationButton>
      {layout.routers.length > 0 && (
        <Suspense>
          <RouterMarks layout={layout} scene={scene} />
        </Suspense>
      )}
      {outside.map((host) => {
        const hostLit = scene.lit.get(host.station);
        const edits = counts.get(host.netns);
        const wordWidth = textWidth(outsideWord(host.kind, foldedAt(host)), WORDS);
        const step = hostLit?.step ?? scene.upcoming.get(host.station);
        return (
          <StationButton
            key={host.netns}
            netns={host.netns}
            station={host.station}
            box={host.box}
            label={`${host.kind === 'load-balancer' ? 'Load balancer' : 'Host outside'}, ${host.address}${editWords(edits)}${hostLit ? `: ${hostLit.chip.text}` : ''}`}
            {...(step === undefined ? { act: 'open' as const } : { step })}
            current={scene.current === host.station}
          >
            <circle
              className={`stage-dot${hostLit ? ` stage-dot-lit stage-chip-tone-${hostLit.tone}` : ''}`}
              cx={host.dot.x}
              cy={host.dot.y}
              r={hostLit ? 4.6 : 3.2}
            />
            <FitText
              x={host.dot.x + 10}
              y={host.dot.y + 4}
              text={host.address}
              font={SMALL}
              width={host.box.width - 40 - wordWidth - editMarkWidth(edits)}
            />
            <EditMark x={host.box.x + host.box.width - 16 - wordWidth} y={host.dot.y + 4} edits={edits} />
            <FitText
              x={host.box.x + host.box.width - 8}
              y={host.dot.y + 4}
              text={outsideWord(host.kind, foldedAt(host))}
              font={WORDS}
              anchor="end"
              className="stage-faint"
            />
          </StationButton>
        );
      })}
      {tiles.map((tile) => {
        const tileLit = scene.lit.get(tile.station);
        const edits = counts.get(tile.netns);
        const markWidth = editMarkWidth(edits);
        return (
          <StationButton
            key={tile.netns}
            netns={tile.netns}
            station={tile.station}
            box={tile.box}
            radius={6}
            label={`Show node ${tile.name}${tile.ready ? '' : ', not ready'}${editWords(edits)}`}
            act="choose"
          >
            <title>{tile.name}</title>
            {tileLit && <rect className="stage-lit stage-chip-eth" {...tile.box} rx={6} />}
            <FitText
              x={tile.box.x + (tile.box.width - markWidth) / 2}
              y={tile.box.y + 16}
              text={tile.label}
              font={{ family: 'words', size: 11 }}
              width={tile.box.width - 8 - markWidth}
              anchor="middle"
              className="stage-muted"
            />
            <EditMark x={tile.box.x + tile.box.width - 6} y={tile.box.y + 16} edits={edits} />
          </StationButton>
        );
      })}
      {tileFold && (
        <FitText
          x={tileFold.box.x + tileFold.box.width / 2}
          y={tileFold.box.y + 16}
          text={`+${tileFold.count}`}
          font={{ family: 'words', size: 11 }}
          width={tileFold.box.width - 6}
          anchor="middle"
          className="stage-muted"
        />
      )}
    </>
  );
}
