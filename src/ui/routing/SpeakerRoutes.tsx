import { useId } from 'react';
import type { BgpSpeakerState } from '../../datamodel/bgp/state.ts';
import { printBgpKernelRoute } from '../../print/bgpKernelRoute.ts';
import { printBirdRoutes } from '../../print/birdRoutes.ts';

export interface SpeakerRoutesProps {
  readonly states: readonly BgpSpeakerState[];
  readonly speaker: BgpSpeakerState | undefined;
  readonly onChoose: (name: string) => void;
}

/** One machine's routes, as BIRD and the kernel print them. */
export function SpeakerRoutes({ states, speaker, onChoose }: SpeakerRoutesProps) {
  const id = useId();
  if (!speaker) return null;
  return (
    <>
      <div className="routing-whose">
        <label htmlFor={id}>Routes of</label>
        <select id={id} className="select mono" value={speaker.name} onChange={({ target }) => onChoose(target.value)}>
          {states.map(({ name }) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      </div>
      <h3>ip route</h3>
      <Printed label="ip route" lines={speaker.kernel.flatMap(printBgpKernelRoute)} />
      {speaker.running && (
        <>
          <h3>birdc show route all</h3>
          <Printed label="birdc show route all" lines={printBirdRoutes(speaker, true)} />
        </>
      )}
    </>
  );
}

function Printed({ label, lines }: { readonly label: string; readonly lines: readonly string[] }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways must be reached by keyboard
    <section className="routing-printed" aria-label={label} tabIndex={0}>
      <pre className="mono">{lines.join('\n')}</pre>
    </section>
  );
}
