import { expect, test } from './fixtures/app.ts';

test.use({ contextOptions: { reducedMotion: 'reduce' } });

test('who wants little motion sees steps, not slides, and hears the same', async ({ app }) => {
  await app.stage.record();
  await app.open({ speed: 4 });
  await expect.poll(async () => (await app.stage.recorded()).changes).toEqual(['rewrite', 'wrap', 'unwrap']);
  const { captions, places, moved } = await app.stage.recorded();
  expect(moved).toBe(false);
  // one place for each station of the first packet, not one for each frame
  expect(places).toBeGreaterThan(10);
  expect(places).toBeLessThan(60);
  expect(captions).toContainEqual(expect.stringContaining('10.96.42.10:80 becomes'));
  await app.playback.pause();
  await app.isConsistent();
});
