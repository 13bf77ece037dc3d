import type { Playback } from './playback.ts';
import type { Track } from './track.ts';

/** What leads to the step is played for so many milliseconds of the conversation's own pace. */
const RUN_UP = 1800;

/** Plays the last moments before a step and stops where it has happened; whoever takes hold of the playhead keeps it. */
export function playTo(playback: Playback, track: Track, step: number): void {
  const { clock } = playback;
  const segment = track.bySteps.get(step);
  if (!segment) return;
  if (clock.playing) clock.pause();
  clock.seek(Math.max(0, segment.start - RUN_UP));
  clock.play();
  let before = clock.get();
  const stop = clock.subscribe(() => {
    const now = clock.get();
    const isPlaying = clock.playing && !clock.held && now >= before;
    before = now;
    if (isPlaying && now < segment.end - 1) return;
    stop();
    // the end of the track, too, is reached by playing
    if (isPlaying || now >= track.duration) playback.toStep(step);
  });
}
