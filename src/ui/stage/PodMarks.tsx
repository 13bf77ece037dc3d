import { use } from 'react';
import { count } from '../../scene/describe.ts';
import type { Column, PodBox } from '../../scene/layout/model.ts';
import type { LitScene } from '../../scene/lit.ts';
import { EditCountsContext, EditMark, editMarkWidth, editWords } from './EditMark.tsx';
import { FitText } from './FitText.tsx';
import { StationButton } from './StationButton.tsx';

interface Props {
  readonly column: Column;
  readonly scene: LitScene;
}

const SMALL = { family: 'terminal', size: 11 } as const;

/** Pods with the names of their cables, and the number of those that found no room. */
export function PodMarks({ column, scene }: Props) {
  const { pods, fold, podArea, hostPods } = column;
  return (
    <>
      {pods.length === 0 && !fold && (
        <FitText
          x={podArea.x + podArea.width / 2}
          y={podArea.y + podArea.height / 2 + 4}
          text={hostPods > 0 ? `${count(hostPods, 'Pod')} in the node's own network` : 'no Pods'}
          font={{ family: 'words', size: 12 }}
          width={podArea.width - 12}
          anchor="middle"
          className="stage-faint"
        />
      )}
      {pods.map((pod) => (
        <Pod key={pod.netns} pod={pod} nodeName={column.name} scene={scene} />
      ))}
      {fold && (
        <g>
          <title>{fold.names.join('\n')}</title>
          <FitText
            x={fold.box.x + fold.box.width / 2}
            y={fold.box.y + 21}
            text={`+${fold.names.length}`}
            font={{ family: 'words', size: 12, bold: true }}
            width={fold.box.width - 8}
            anchor="middle"
            className="stage-muted"
          />
          <FitText
            x={fold.box.x + fold.box.width / 2}
            y={fold.box.y + 35}
            text="Pods"
            font={{ family: 'words', size: 11 }}
            anchor="middle"
            className="stage-faint"
          />
          <circle
            className={`stage-dot${scene.lit.has(fold.station) ? ' stage-dot-lit stage-chip-eth' : ''}`}
            cx={fold.box.x + 14}
            cy={fold.box.y + fold.box.height - 9}
            r={3}
          />
        </g>
      )}
    </>
  );
}

interface PodProps {
  readonly pod: PodBox;
  readonly nodeName: string;
  readonly scene: LitScene;
}

function Pod({ pod, nodeName, scene }: PodProps) {
  const { box, connect, dot, veth } = pod;
  const called = connect && scene.lit.get(connect.station);
  const callStep = connect && (called?.step ?? scene.upcoming.get(connect.station));
  const lit = scene.lit.get(pod.station);
  const step = lit?.step ?? scene.upcoming.get(pod.station);
  const tone = lit ? (lit.chip.tone === 'quiet' ? `tone-${lit.tone}` : lit.chip.tone) : '';
  const inner = box.width - 14;
  const edits = use(EditCountsContext).get(pod.netns);
  const markWidth = editMarkWidth(edits);
  const vethLit = veth && scene.lit.get(veth.station);
  const vethStep = veth && (vethLit?.step ?? scene.upcoming.get(veth.station));
  const said = lit && lit.chip.weight >= 50 && box.width > 150 ? lit.chip : undefined;
  return (
    <>
      <StationButton
        netns={pod.netns}
        station={pod.station}
        box={box}
        radius={10}
        label={`Pod ${pod.name}, ${pod.address}${pod.state ? `, ${pod.state}` : ''}${editWords(edits)}${lit ? `: ${lit.chip.text}` : ''}`}
        {...(step === undefined ? { act: 'open' as const } : { step })}
        current={scene.current === pod.station}
      >
        {lit && <rect className={`stage-lit stage-chip-${tone}`} {...box} rx={10} />}
        <FitText
          x={box.x + 8}
          y={box.y + 18}
          text={pod.name}
          font={{ family: 'words', size: 12, bold: true }}
          width={connect ? inner - connect.box.width : inner}
        />
        <FitText
          x={box.x + 8}
          y={box.y + box.height / 2 + 4}
          text={pod.address}
          font={SMALL}
          width={inner}
          className="stage-muted"
        />
        <FitText
          x={dot.x + 10}
          y={dot.y + 4}
          text={pod.state ?? pod.device}
          font={pod.state ? { family: 'words', size: 11 } : SMALL}
          width={inner - 16 - markWidth}
          className={pod.state ? 'stage-edited' : 'stage-muted'}
        />
        {said && (
          <FitText
            x={box.x + box.width - 9 - markWidth}
            y={dot.y + 4}
            text={said.text}
            font={{ family: 'words', size: 11 }}
            width={inner - 60 - markWidth}
            anchor="end"
            className={`stage-chip stage-chip-${said.tone}`}
          />
        )}
        <EditMark x={box.x + box.width - 9} y={dot.y + 4} edits={edits} />
        {scene.current === pod.station && (
          <circle className={`stage-halo stage-chip-${tone}`} cx={dot.x} cy={dot.y} r={8.5} />
        )}
        <circle
          className={`stage-dot${lit ? ` stage-dot-lit stage-chip-${tone}` : ''}`}
          cx={dot.x}
          cy={dot.y}
          r={lit ? 4.6 : 3.2}
        />
      </StationButton>
      {connect && (
        <StationButton
          netns={pod.netns}
          station={connect.station}
          box={connect.box}
          label={`Pod ${pod.name}, programs of its sockets${called ? `: ${called.chip.text}` : ''}`}
          step={callStep}
          current={scene.current === connect.station}
        >
          <title>cgroup/connect4, sendmsg4: programs see where its sockets connect to</title>
          <rect
            className={`stage-dot${called ? ` stage-dot-lit stage-chip-${called.chip.tone}` : ''}`}
            x={connect.dot.x - 4}
            y={connect.dot.y - 4}
            width={8}
            height={8}
            rx={2}
          />
        </StationButton>
      )}
      {veth && (
        <StationButton
          netns={veth.station.split(' ')[0] ?? ''}
          station={veth.station}
          box={{ x: veth.dot.x - 9, y: veth.dot.y - 9, width: veth.labelWidth + 14, height: 18 }}
          label={`${nodeName}, ${veth.name}${vethLit ? `: ${vethLit.chip.text}` : ''}`}
          step={vethStep}
          current={scene.current === veth.station}
        >
          <FitText
            x={veth.dot.x + 9}
            y={veth.dot.y + 4}
            text={veth.name}
            font={SMALL}
            width={veth.labelWidth}
            className={vethLit ? 'stage-met' : 'stage-faint'}
          />
          <circle
            className={`stage-dot${vethLit ? ` stage-dot-lit stage-chip-tone-${vethLit.tone}` : ''}`}
            cx={veth.dot.x}
            cy={veth.dot.y}
            r={vethLit ? 3.6 : 2.4}
          />
        </StationButton>
      )}
    </>
  );
}
