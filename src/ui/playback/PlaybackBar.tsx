import { describeMoment } from '../../scene/describe.ts';
import { SPEEDS } from '../../store/preferences.ts';
import { CaptureButton } from '../capture/CaptureButton.tsx';
import { Icon, type IconName } from '../controls/icons.tsx';
import { useApp, useSession } from '../session.ts';
import { Caption } from './Caption.tsx';
import { positionOf } from './position.ts';
import { Scrubber } from './Scrubber.tsx';
import './playback.css';

/** Caption and controls under the stage. */
export function PlaybackBar() {
  return (
    <section className="playback" aria-label="Playback">
      <Caption />
      <Scrubber />
      <div className="playback-controls">
        <Buttons />
        <Counter />
        <Choices />
      </div>
    </section>
  );
}

function Buttons() {
  const { playback } = useSession();
  const playing = useApp((state) => state.playback.playing);
  const empty = useApp((state) => (state.traffic.track?.segments.length ?? 0) === 0);
  return (
    <div className="playback-buttons">
      <Control
        icon="hopBack"
        label="Previous hop"
        keys="Shift+ArrowLeft"
        off={empty}
        onPress={() => playback.hop(-1)}
      />
      <Control icon="stepBack" label="Previous step" keys="ArrowLeft" off={empty} onPress={() => playback.step(-1)} />
      <Control
        icon={playing ? 'pause' : 'play'}
        label={playing ? 'Pause' : 'Play'}
        keys="Space"
        off={empty}
        onPress={() => playback.toggle()}
      />
      <Control icon="stepForward" label="Next step" keys="ArrowRight" off={empty} onPress={() => playback.step(1)} />
      <Control icon="hopForward" label="Next hop" keys="Shift+ArrowRight" off={empty} onPress={() => playback.hop(1)} />
    </div>
  );
}

interface ControlProps {
  readonly icon: IconName;
  readonly label: string;
  readonly keys: string;
  readonly off: boolean;
  readonly onPress: () => void;
}

function Control({ icon, label, keys, off, onPress }: ControlProps) {
  return (
    <button
      type="button"
      className="control"
      data-icon={icon}
      aria-label={label}
      aria-keyshortcuts={keys}
      title={`${label} (${keys.replace('Arrow', '').toLowerCase()})`}
      disabled={off}
      onClick={onPress}
    >
      <Icon name={icon} />
    </button>
  );
}

function Counter() {
  const conversation = useApp((state) => state.traffic.conversation);
  const step = useApp((state) => state.playback.step);
  const position = positionOf(conversation, step);
  return (
    <output className="playback-counter" aria-live="off">
      {position ? (
        <>
          step {position.step} of {position.steps} · hop {position.hop}
          <span className="playback-time" title="Virtual time since the conversation began">
            {' '}
            t = {describeMoment(position.time)}
          </span>
        </>
      ) : (
        'nothing sent yet'
      )}
    </output>
  );
}

function Choices() {
  const session = useSession();
  const speed = useApp((state) => state.preferences.speed);
  const follow = useApp((state) => state.preferences.follow);
  return (
    <div className="playback-choices">
      <select
        className="select"
        aria-label="Follow"
        title="What playback visits"
        value={follow}
        onChange={(event) => session.prefer({ follow: event.target.value === 'request' ? 'request' : 'everything' })}
      >
        <option value="everything">every packet</option>
        <option value="request">without ARP, DNS, ACKs</option>
      </select>
      <select
        className="select"
        aria-label="Speed"
        title="Speed (comma and full stop)"
        value={speed}
        onChange={(event) => session.prefer({ speed: Number(event.target.value) })}
      >
        {SPEEDS.map((each) => (
          <option key={each} value={each}>
            {each}×
          </option>
        ))}
      </select>
      <CaptureButton />
    </div>
  );
}
