import { memo } from 'react';
import { pathData } from '../../scene/geometry.ts';
import type { Stretch } from '../../scene/lit.ts';

interface Props {
  readonly stretches: readonly Stretch[];
}

/** The way of the packet that is told about: travelled solid, ahead dotted. */
export const Lines = memo(function Lines({ stretches }: Props) {
  const ordered = [...stretches.filter((stretch) => stretch.ahead), ...stretches.filter((stretch) => !stretch.ahead)];
  return (
    <g className="stage-lines">
      {ordered.map((stretch) => (
        <path
          key={`${stretch.tone} ${stretch.ahead} ${stretch.id}`}
          className={`stage-line stage-tone-${stretch.tone}${stretch.ahead ? ' stage-ahead' : ''}`}
          d={stretch.lines.map((line) => pathData(line)).join('')}
        />
      ))}
    </g>
  );
});
