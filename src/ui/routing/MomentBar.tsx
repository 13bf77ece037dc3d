import { useEffect, useId, useState } from 'react';
import { Icon } from '../controls/icons.tsx';
import { useSession } from '../session.ts';
import { type Moment, momentAt, timeText } from './moments.ts';

export interface MomentBarProps {
  readonly moments: readonly Moment[];
  /** Nanoseconds after what was done last: what is shown. */
  readonly after: number;
  /** Something was done, and packets can be sent at a time after it. */
  readonly isTimed: boolean;
  /** Nanoseconds after it: what time it is. */
  readonly now: number;
  readonly isBusy: boolean;
  /** @param at seconds. */
  readonly onSeek: (at: number) => void;
}

/** Long enough to read what has changed. */
const EACH = 800;
const MOST_SECONDS = 3600;

/** The time of the control plane, to be played, stepped and chosen; what is sent at a moment meets the routes that there are then. */
export function MomentBar({ moments, after, isTimed, now, isBusy, onSeek }: MomentBarProps) {
  const session = useSession();
  const id = useId();
  const [playing, setPlaying] = useState(false);
  const index = momentAt(moments, after);
  const last = moments.length - 1;
  const go = (to: number): void => {
    const moment = moments[Math.min(last, Math.max(0, to))];
    if (moment) onSeek(moment.after / 1e9);
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: each moment is shown for the same time
  useEffect(() => {
    if (!playing || isBusy) return;
    if (index >= last) {
      setPlaying(false);
      return;
    }
    const timer = setTimeout(() => go(index + 1), EACH);
    return () => clearTimeout(timer);
  }, [playing, isBusy, index, last]);
  const play = (): void => {
    if (!playing && index >= last) go(0);
    setPlaying(!playing);
  };
  return (
    <fieldset className="routing-moment" data-own-keys>
      <legend className="visually-hidden">Moment of the control plane</legend>
      <Button icon="stepBack" label="Previous change" off={index === 0} onPress={() => go(index - 1)} />
      <Button
        icon={playing ? 'pause' : 'play'}
        label={playing ? 'Pause the changes' : 'Play the changes'}
        off={last === 0}
        onPress={play}
      />
      <Button icon="stepForward" label="Next change" off={index >= last} onPress={() => go(index + 1)} />
      <input
        type="range"
        aria-label="Moment"
        aria-valuetext={`${timeText(after)}, change ${index} of ${last}`}
        min={0}
        max={Math.max(1, last)}
        disabled={last === 0}
        value={index}
        onChange={({ target }) => go(Number(target.value))}
      />
      <span className="routing-count mono">
        {index} / {last}
      </span>
      {isTimed ? (
        <>
          <span className="routing-after">
            <label htmlFor={id}>+</label>
            <Seconds id={id} value={after / 1e9} onSeek={onSeek} />
            <span aria-hidden="true">s</span>
          </span>
          <button
            type="button"
            className="button small"
            onClick={() => void session.wait(after / 1e9).then(() => session.send())}
          >
            Send then
          </button>
          <button type="button" className="button small quiet" onClick={() => onSeek(Math.max(0, now / 1e9))}>
            Now: +{timeText(now)}
          </button>
        </>
      ) : (
        <span className="mono">{timeText(after)} after the start</span>
      )}
    </fieldset>
  );
}

interface SecondsProps {
  readonly id: string;
  readonly value: number;
  readonly onSeek: (at: number) => void;
}

/** Any time after what was done, also between two changes. */
function Seconds({ id, value, onSeek }: SecondsProps) {
  const shown = String(Math.round(value * 1e6) / 1e6);
  const [typed, setTyped] = useState<string | undefined>(undefined);
  const take = (): void => {
    if (typed === undefined) return;
    const seconds = Number(typed);
    if (typed.trim() !== '' && seconds >= 0 && seconds <= MOST_SECONDS) onSeek(seconds);
    setTyped(undefined);
  };
  return (
    <input
      id={id}
      className="input mono routing-seconds"
      aria-label="Seconds after what was done"
      inputMode="decimal"
      value={typed ?? shown}
      onChange={({ target }) => setTyped(target.value)}
      onBlur={take}
      onKeyDown={({ key }) => {
        if (key === 'Enter') take();
      }}
    />
  );
}

interface ButtonProps {
  readonly icon: 'play' | 'pause' | 'stepBack' | 'stepForward';
  readonly label: string;
  readonly off: boolean;
  readonly onPress: () => void;
}

function Button({ icon, label, off, onPress }: ButtonProps) {
  return (
    <button type="button" className="control" aria-label={label} title={label} disabled={off} onClick={onPress}>
      <Icon name={icon} />
    </button>
  );
}
