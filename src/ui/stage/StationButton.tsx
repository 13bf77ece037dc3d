import { type KeyboardEvent, type ReactNode, use } from 'react';
import type { NetnsId } from '../../datamodel/network/netnsId.ts';
import type { Box } from '../../scene/geometry.ts';
import { StationContext } from './stationActions.ts';

interface Props {
  readonly netns: NetnsId;
  /** Its id in the layout. */
  readonly station: string;
  readonly box: Box;
  /** What it is and, once a packet has met it, what it decided. */
  readonly label: string;
  readonly radius?: number;
  /** The step it stands for; without one it is only looked at. */
  readonly step?: number | undefined;
  readonly className?: string;
  /** Instead of selecting the step. */
  readonly act?: 'choose' | 'open';
  readonly current?: boolean;
  readonly children?: ReactNode;
}

/** A part of the drawing that can be pointed at, focused and pressed. */
export function StationButton({
  netns,
  station,
  box,
  label,
  radius = 7,
  step,
  className,
  act,
  current,
  children,
}: Props) {
  const actions = use(StationContext);
  const hover = (): void => actions.hover(netns, step);
  const leave = (): void => actions.hover(undefined);
  if (!act && step === undefined) {
    return (
      <g className={className} data-station={station} onPointerEnter={hover} onPointerLeave={leave}>
        <rect className="stage-hit" {...box} rx={radius} />
        {children}
      </g>
    );
  }
  const press = (): void => {
    if (act === 'choose') actions.choose(netns);
    else if (act === 'open') actions.open(netns);
    else if (step !== undefined) actions.select(step);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== 'Enter' && event.key !== ' ') return;
    event.preventDefault();
    event.stopPropagation();
    press();
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: HTML buttons cannot stand inside of SVG
    <g
      className={`stage-button${className ? ` ${className}` : ''}`}
      data-station={station}
      role="button"
      tabIndex={0}
      aria-label={label}
      {...(current && { 'aria-current': 'step' as const })}
      onClick={press}
      onKeyDown={onKeyDown}
      onFocus={hover}
      onBlur={leave}
      onPointerEnter={hover}
      onPointerLeave={leave}
    >
      <rect className="stage-hit" {...box} rx={radius} />
      {children}
    </g>
  );
}
