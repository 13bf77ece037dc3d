import type { Station } from '../../scene/compare/station.ts';
import { stepLine } from '../../scene/stepLine.ts';
import { dissect } from '../../wire/layers.ts';
import { colorsOf } from '../inspector/colors.ts';

export interface StationDetailProps {
  readonly side: 'A' | 'B';
  readonly station: Station | undefined;
}

/** The packet as it leaves the station, layer by layer, and all that happened there. */
export function StationDetail({ side, station }: StationDetailProps) {
  if (station === undefined) return <td className="compare-packet" data-side={side} />;
  const { step, stop } = station;
  const layers = dissect(step.bytes, step.link);
  const colors = colorsOf(layers);
  return (
    <td className="compare-packet" data-side={side}>
      <h3>Packet of {side}</h3>
      <ul className="compare-layers">
        {layers.map((layer, i) => (
          <li key={layer.offset} style={{ borderColor: `var(--${colors[i] ?? 'data'})` }}>
            <b>{layer.protocol}</b> <span className="mono">{layer.summary}</span>
          </li>
        ))}
      </ul>
      <h3>Steps of {side}</h3>
      <ol className="compare-steps mono">
        {stop.steps.map((each) => (
          <li key={each.id}>{stepLine(each)}</li>
        ))}
      </ol>
    </td>
  );
}
