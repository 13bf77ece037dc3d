import { expect, test } from './fixtures/app.ts';

test('space plays and pauses; arrows go step by step, exactly', async ({ app, page }) => {
  await app.openAtStart();
  const { playback } = app;
  await page.keyboard.press('ArrowRight');
  await playback.isAtStep(2);
  await page.keyboard.press('ArrowRight');
  await playback.isAtStep(3);
  await page.keyboard.press('ArrowLeft');
  await playback.isAtStep(2);
  await app.isConsistent();
  await expect(app.stage.capsule).toHaveAttribute('data-moving', 'false');

  await page.keyboard.press('Space');
  await expect(playback.pauseButton).toBeVisible();
  await app.stage.moves();
  await page.keyboard.press('Space');
  await expect(playback.playButton).toBeVisible();
  const { step } = await playback.position();
  const place = await app.stage.capsulePlace();
  expect(step).toBeGreaterThanOrEqual(2);
  await app.isConsistent();
  expect(await app.stage.capsulePlace()).toBe(place);
  await playback.isAtStep(step);
});

test('shift and an arrow goes hop by hop; Home and End go to the ends and no further', async ({ app, page }) => {
  await app.openAtStart();
  const { playback } = app;
  await expect(playback.counter).toContainText('hop 1');
  await page.keyboard.press('Shift+ArrowRight');
  await expect(playback.counter).toContainText('hop 2');
  await expect(playback.caption).toContainText('worker-01');
  await page.keyboard.press('Shift+ArrowRight');
  await expect(playback.counter).toContainText('hop 3');
  await page.keyboard.press('Shift+ArrowLeft');
  await expect(playback.counter).toContainText('hop 2');

  await page.keyboard.press('End');
  const { steps } = await playback.position();
  await playback.isAtStep(steps);
  await page.keyboard.press('ArrowRight');
  await playback.isAtStep(steps);
  await app.isConsistent();
  await page.keyboard.press('Home');
  await playback.isAtStep(1);
  await page.keyboard.press('ArrowLeft');
  await playback.isAtStep(1);
  await app.isConsistent();
});

test('comma and full stop change the speed, and it is kept', async ({ app, page }) => {
  await app.openAtStart();
  await expect(app.playback.speed).toHaveValue('1');
  await page.keyboard.press('.');
  await expect(app.playback.speed).toHaveValue('1.5');
  await page.keyboard.press('.');
  await expect(app.playback.speed).toHaveValue('2');
  await page.keyboard.press(',');
  await expect(app.playback.speed).toHaveValue('1.5');
  await page.reload();
  await app.stage.isDrawn();
  await expect(app.playback.speed).toHaveValue('1.5');
});

test('scrubbing while it plays follows the hand, and playing goes on from there', async ({ app, page }) => {
  await app.open();
  const { playback } = app;
  const [from, to] = [await playback.pointAt(0.2), await playback.pointAt(0.6)];
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  await page.mouse.move(to.x, to.y, { steps: 8 });
  // the hand is at 60 % of the time, which is far beyond a fifth of the steps
  await expect
    .poll(async () => {
      const { step, steps } = await playback.position();
      return step / steps;
    })
    .toBeGreaterThan(0.2);
  const held = await playback.position();
  // held, nothing goes on by itself: two pictures later it is where the hand is
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  expect(await playback.position()).toEqual(held);
  await expect(playback.pauseButton).toBeVisible();
  await page.mouse.up();
  await expect.poll(async () => (await playback.position()).step).toBeGreaterThan(held.step);
  await playback.pause();
  await app.isConsistent();
});

test('at every hop, caption, hop list, stage, packet and counter tell the same step', async ({ app, page }) => {
  await app.openAtStart();
  const seen = new Set<string>();
  for (let hop = 0; hop < 12; hop += 1) {
    await app.isConsistent();
    const { step } = await app.playback.position();
    await expect(app.playback.scrubber).toHaveAttribute('aria-valuenow', String(step));
    seen.add((await app.playback.caption.textContent()) ?? '');
    await page.keyboard.press('Shift+ArrowRight');
    await expect(app.playback.counter).not.toHaveText(new RegExp(`^step ${step} of `));
  }
  expect(seen.size).toBe(12);
});

test('every step of the first packet has a sentence of its own place', async ({ app, page }) => {
  await app.openAtStart();
  for (let step = 1; step <= 60; step += 1) {
    await app.playback.isAtStep(step);
    await expect(app.hops.currentStep).toHaveCount(1);
    const told = (await app.hops.currentStep.getAttribute('title')) ?? '';
    expect(told).toMatch(/^[A-Za-z0-9].*[.:]?/);
    expect(told).not.toMatch(/undefined|null|NaN|\[object/);
    await expect(app.playback.caption).toContainText(told);
    await page.keyboard.press('ArrowRight');
  }
});

test('it plays to the end and stops there; playing again begins at the beginning', async ({ app, page }) => {
  await app.openAtStart({ speed: 8 });
  await page.keyboard.press('End');
  await page.keyboard.press('Shift+ArrowLeft');
  const { step, steps } = await app.playback.position();
  expect(step).toBeLessThan(steps);
  await page.keyboard.press('Space');
  await app.playback.isAtEnd();
  await app.isConsistent();
  await page.keyboard.press('Space');
  await expect.poll(async () => (await app.playback.position()).step).toBeLessThan(steps / 2);
  await expect(app.playback.pauseButton).toBeVisible();
});

test('without ARP, DNS and ACKs, playback leaves them out', async ({ app, page }) => {
  await app.openAtStart();
  await app.playback.follow.selectOption('request');
  await page.locator('h1').click();
  const visited: string[] = [];
  for (let hop = 0; hop < 30; hop += 1) {
    const label = await page.locator('.packet[data-current="true"] b').innerText();
    if (visited.at(-1) !== label) visited.push(label);
    await page.keyboard.press('Shift+ArrowRight');
  }
  expect(visited).toEqual(['SYN', 'SYN ACK', 'HTTP request', 'HTTP response']);
});

test('the buttons do what the keys do', async ({ app }) => {
  await app.openAtStart();
  const { root } = app.playback;
  await root.getByRole('button', { name: 'Next step' }).click();
  await app.playback.isAtStep(2);
  await root.getByRole('button', { name: 'Previous step' }).click();
  await app.playback.isAtStep(1);
  await root.getByRole('button', { name: 'Next hop' }).click();
  await expect(app.playback.counter).toContainText('hop 2');
  await root.getByRole('button', { name: 'Previous hop' }).click();
  await app.playback.isAtStep(1);
  await app.playback.playButton.click();
  await app.stage.moves();
});
