import type { NodeView } from '../../datamodel/cluster/view.ts';
import type { NetnsId } from '../../datamodel/network/netnsId.ts';
import type { StageZoom } from './useStageZoom.ts';

interface Props {
  readonly zoom: StageZoom;
  /** When not every node has a tile: all of them, to choose from. */
  readonly folded: readonly NodeView[] | undefined;
  readonly onChooseNode: (netns: NetnsId) => void;
}

/** What the wheel and a drag do, as buttons. */
export function StageTools({ zoom, folded, onChooseNode }: Props) {
  return (
    <div className="stage-tools">
      {folded && (
        <select
          className="stage-choose"
          aria-label="Show a node"
          value=""
          onChange={(event) => onChooseNode(event.target.value)}
        >
          <option value="" disabled>
            Show a node…
          </option>
          {folded.map(({ name, netns }) => (
            <option key={netns} value={netns}>
              {name}
            </option>
          ))}
        </select>
      )}
      <button type="button" className="stage-tool" aria-label="Zoom out" onClick={() => zoom.by(1 / 1.3)}>
        −
      </button>
      <button type="button" className="stage-tool" aria-label="Show everything" onClick={zoom.reset}>
        ⤢
      </button>
      <button type="button" className="stage-tool" aria-label="Zoom in" onClick={() => zoom.by(1.3)}>
        +
      </button>
    </div>
  );
}
