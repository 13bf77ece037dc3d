import { expect, test } from './fixtures/app.ts';

test('the sample’s request plays once by itself, is told, and ends answered', async ({ app }) => {
  await app.open({ speed: 8 });
  await expect(app.composer.from).toHaveValue(/^pod\/frontend-/);
  await expect(app.composer.to).toHaveValue('svc/backend:80');
  await expect(app.playback.pauseButton).toBeVisible();

  await expect(app.composer.outcome).toContainText('Answered');
  await expect(app.composer.outcome).toContainText(/pod=backend-\S+ saw=10\.244\.1\.23:\d+/);
  await app.playback.isAtEnd();
  await expect(app.playback.caption).toContainText(/backend-/);
  // once: at rest nothing moves
  await expect(app.stage.capsule).toHaveAttribute('data-moving', 'false');
  await expect(app.hops.packets).toHaveCount(10);
});

test('the capsule leaves its Pod, is rewritten by kube-proxy’s rule, and says so in flight', async ({ app }) => {
  await app.stage.record();
  await app.open({ speed: 2 });
  await expect.poll(async () => (await app.stage.recorded()).changes).toEqual(['rewrite', 'wrap', 'unwrap']);
  const { labels, captions, places, moved } = await app.stage.recorded();
  expect(labels).toEqual(['10.96.42.10:80', '10.244.2.47:8080']);
  expect(captions).toContainEqual(expect.stringMatching(/10\.96\.42\.10:80 becomes .*10\.244\.2\.47:8080/));
  expect(captions.length).toBeGreaterThan(5);
  expect(moved).toBe(true);
  // it slides rather than jumps
  expect(places).toBeGreaterThan(10);
});

test('the page breaks none of its own rules and names what it is', async ({ app, page }) => {
  await app.open();
  await expect(page).toHaveTitle(/Hopscope/);
  await expect(page.getByRole('heading', { level: 1, name: 'Hopscope' })).toBeVisible();
  // only the first view was loaded: the editor waits until it is asked for
  const files = await page.evaluate(() => performance.getEntriesByType('resource').map(({ name }) => name));
  expect(files.filter((name) => /editor-|prepareCluster-|ManifestsPane-/.test(name))).toEqual([]);
  await page.waitForLoadState('load');
});
