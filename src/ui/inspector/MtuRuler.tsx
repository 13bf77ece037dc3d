import type { Step } from '../../datamodel/flow/step.ts';
import type { Trace } from '../../datamodel/flow/trace.ts';
import type { Layer } from '../../wire/layers.ts';
import { useApp } from '../session.ts';
import type { HeaderColor } from './colors.ts';
import { deviceAtHand } from './device.ts';

export interface MtuRulerProps {
  readonly step: Step;
  readonly trace: Trace;
  readonly layers: readonly Layer[];
  readonly colors: readonly HeaderColor[];
}

/** How much of the device's MTU the packet takes. The outer Ethernet header is not counted against an MTU. */
export function MtuRuler({ step, trace, layers, colors }: MtuRulerProps) {
  const view = useApp((state) => state.cluster.view);
  const device = view && deviceAtHand(view, trace, step);
  const counted = layers.map((layer, i) => ({ layer, color: colors[i] })).slice(step.link === 'ethernet' ? 1 : 0);
  const size = counted.reduce((sum, { layer }) => sum + layer.headerLength, 0);
  const mtu = device?.mtu;
  const scale = Math.max(size, mtu ?? 0, 1);
  const over = mtu === undefined ? 0 : size - mtu;
  const within = layers.findIndex((layer) => layer.depth > 0 && layer.protocol !== 'Ethernet');
  const inner = within < 0 ? undefined : layers.slice(within).reduce((sum, layer) => sum + layer.headerLength, 0);
  return (
    <section className="ruler" aria-label="MTU">
      <div className="ruler-head">
        <h2>
          MTU{' '}
          {device && (
            <>
              on <span className="mono">{device.name}</span>
            </>
          )}
        </h2>
        <span className="mono" data-over={over > 0}>
          {mtu === undefined ? `${size} B, no device here` : `${size} / ${mtu} · ${verdict(over)}`}
        </span>
      </div>
      <div className="ruler-bar" aria-hidden="true">
        {counted.map(({ layer, color }) => (
          <span
            key={`${layer.offset} ${layer.protocol}`}
            data-color={color}
            style={{ width: `${(100 * layer.headerLength) / scale}%` }}
          />
        ))}
        {mtu !== undefined && <i data-over={over > 0} style={{ left: `${(100 * mtu) / scale}%` }} />}
      </div>
      <div className="ruler-scale mono">
        <span>{inner === undefined ? '' : `tunnel ${size - inner}`}</span>
        <span>{inner === undefined ? `packet ${size}` : `inner packet ${inner}`}</span>
      </div>
    </section>
  );
}

function verdict(over: number): string {
  if (over > 0) return `${over} B too big`;
  return over === 0 ? 'fits exactly' : `${-over} B free`;
}
