import { describe, expect, it } from 'vitest';
import { sessionUnderTest } from './testing.ts';

async function opened() {
  const parts = sessionUnderTest();
  await parts.session.open();
  const { session } = parts;
  session.playback.clock.pause();
  session.playback.toStart();
  const state = () => session.store.getState();
  const segments = state().traffic.track?.segments ?? [];
  return { ...parts, state, segments, playback: session.playback };
}

describe('playback', () => {
  it('steps forward and back through every step, stopping where it has happened', async () => {
    const { playback, state, segments } = await opened();
    playback.step(1);
    expect(state().playback.step).toBe(segments[1]?.step.id);
    expect(playback.clock.get()).toBe(199);
    playback.step(-1);
    expect(state().playback.step).toBe(segments[0]?.step.id);
    for (let i = 0; i < segments.length + 5; i++) playback.step(1);
    expect(state().playback.step).toBe(segments.at(-1)?.step.id);
  });

  it('goes from hop to hop', async () => {
    const { playback, state, segments } = await opened();
    playback.hop(1);
    const first = segments.find((segment) => segment.step.netns !== segments[0]?.step.netns);
    expect(state().playback.step).toBe(first?.step.id);
    playback.hop(-1);
    expect(state().playback.step).toBe(segments[0]?.step.id);
  });

  it('plays at its speed, ends at the end, and starts over from there', async () => {
    const { session, playback, frames, state, segments } = await opened();
    session.prefer({ speed: 2 });
    playback.clock.play();
    frames.run(1000);
    expect(playback.clock.get()).toBeGreaterThan(1800);
    expect(playback.clock.get()).toBeLessThan(2050);
    frames.run(segments.length * 100);
    expect(state().playback.playing).toBe(false);
    expect(frames.pending).toBe(0);
    expect(state().playback.step).toBe(segments.at(-1)?.step.id);
    playback.clock.play();
    expect(playback.clock.get()).toBe(0);
  });

  it('tells React far less often than there are frames', async () => {
    const { session, playback, frames } = await opened();
    let told = 0;
    session.store.subscribe(() => {
      told += 1;
    });
    session.prefer({ speed: 8 });
    playback.clock.play();
    told = 0;
    frames.run(1600);
    expect(told).toBeGreaterThan(5);
    expect(told).toBeLessThan(20);
  });

  it('does not fight the hand on the scrubber', async () => {
    const { playback, frames, state, segments } = await opened();
    playback.clock.play();
    frames.run(300);
    playback.clock.hold();
    // the hand moves faster than React is told of playing, and rests
    for (const time of [1950, 1980, 2000]) playback.clock.seek(time);
    expect(state().playback.step).toBe(segments[20]?.step.id);
    frames.run(500);
    expect(playback.clock.get()).toBe(2000);
    expect(state().playback.playing).toBe(true);
    playback.clock.release();
    frames.run(320);
    expect(playback.clock.get()).toBeGreaterThan(2200);
  });

  it('leaves out names, neighbours and acknowledgements when only the request is followed', async () => {
    const { session, playback, frames, state } = await opened();
    session.prefer({ follow: 'request' });
    const seen = new Set<string>();
    for (let i = 0; i < 600; i++) {
      playback.step(1);
      const step = state().playback.step ?? -1;
      seen.add(state().traffic.track?.bySteps.get(step)?.trace.label ?? '');
    }
    expect(seen).not.toContain('ACK');
    expect(seen.size).toBeGreaterThan(2);
    const last = state().playback.step;
    playback.hop(1);
    expect(state().playback.step).toBe(last);
    playback.toStart();
    playback.clock.play();
    frames.run(200_000, 90);
    expect(state().playback.playing).toBe(false);
  });
});
