import { memo } from 'react';
import type { Column } from '../../scene/layout/model.ts';

interface Props {
  readonly column: Column;
  readonly dimmed: boolean;
}

/** A node's boxes, below all lines. */
export const ColumnBoxes = memo(function ColumnBoxes({ column, dimmed }: Props) {
  return (
    <g className={dimmed ? 'stage-dimmed' : undefined}>
      <rect className="stage-node" {...column.box} rx={14} />
      {column.pods.map((pod) => (
        <rect key={pod.netns} className={`stage-pod${pod.state ? ' stage-idle' : ''}`} {...pod.box} rx={10} />
      ))}
      {column.fold && <rect className="stage-pod stage-fold" {...column.fold.box} rx={10} />}
      {column.blocks.map((block) => (
        <g key={block.kind}>
          <rect className={`stage-block stage-${block.kind}`} {...block.box} rx={9} />
          {block.rows.length > 1 &&
            !block.title &&
            block.rows
              .slice(1)
              .filter((row) => !row.faces.down?.indent && !row.faces.up?.indent)
              .map((row) => (
                <path key={row.box.y} className="stage-divider" d={`M${row.box.x} ${row.box.y}h${row.box.width}`} />
              ))}
        </g>
      ))}
    </g>
  );
});
