import { useMemo, useState } from 'react';
import type { Step } from '../../datamodel/flow/step.ts';
import type { Trace } from '../../datamodel/flow/trace.ts';
import { placeOf } from '../../scene/place.ts';
import { stopName } from '../../scene/stops.ts';
import { dissect } from '../../wire/layers.ts';
import { useNames } from '../playback/useNames.ts';
import { useApp } from '../session.ts';
import { timelineOf } from '../timelines.ts';
import { rewrittenIn } from './changes.ts';
import { colorsOf } from './colors.ts';
import { HexView } from './HexView.tsx';
import { MtuRuler } from './MtuRuler.tsx';
import { PacketStack } from './PacketStack.tsx';
import './packet.css';

/** The shown packet, header by header and byte by byte. */
export function PacketPanel() {
  const conversation = useApp((state) => state.traffic.conversation);
  const step = useApp((state) => state.playback.step);
  const segment = conversation && step !== undefined ? timelineOf(conversation).bySteps.get(step) : undefined;
  if (!segment) {
    return (
      <section className="packet-panel" aria-label="Packet">
        <div className="panel-head">
          <h2>Packet</h2>
        </div>
        <p className="empty">The packet's headers and bytes are shown here once something has been sent.</p>
      </section>
    );
  }
  return <Packet step={segment.step} trace={segment.trace} />;
}

function Packet({ step, trace }: { readonly step: Step; readonly trace: Trace }) {
  const names = useNames();
  const [pointed, setPointed] = useState<string | undefined>(undefined);
  const { bytes, link } = step;
  const layers = useMemo(() => dissect(bytes, link), [bytes, link]);
  const colors = useMemo(() => colorsOf(layers), [layers]);
  const rewritten = useMemo(() => rewrittenIn(trace, step, layers), [trace, step, layers]);
  const place = placeOf(step);
  const name = stopName(place);
  const where = names?.netns(place.netns).replace(/^the /, '') ?? place.netns;
  return (
    <section className="packet-panel" aria-label="Packet">
      <div className="panel-head">
        <h2 className="packet-title">
          Packet at {where} <span className={name.terminal ? 'mono' : ''}>{name.text}</span>
        </h2>
        <span className="packet-size mono">{bytes.length} B</span>
      </div>
      <div>
        {step.type === 'drop' && (
          <p className="packet-dropped">
            dropped: <span className="mono">SKB_DROP_REASON_{step.reason}</span>
          </p>
        )}
      </div>
      <PacketStack layers={layers} colors={colors} rewritten={rewritten} pointed={pointed} onPoint={setPointed} />
      <MtuRuler step={step} trace={trace} layers={layers} colors={colors} />
      <HexView
        bytes={bytes}
        layers={layers}
        colors={colors}
        rewritten={rewritten}
        pointed={pointed}
        onPoint={setPointed}
      />
    </section>
  );
}
