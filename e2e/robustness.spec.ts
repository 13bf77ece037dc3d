import { expect, test } from './fixtures/app.ts';
import { BAD_SHOP, SHOP } from './fixtures/clusters.ts';

test('ten requests sent quickly: the last is shown, and nothing is left waiting', async ({ app }) => {
  await app.open();
  for (let i = 0; i < 10; i += 1) {
    await app.composer.fill({ payload: String(i * 100) });
    await app.composer.sendButton.click({ noWaitAfter: true });
  }
  await expect(app.composer.form).toHaveAttribute('aria-busy', 'false');
  await expect(app.composer.outcome).toContainText('got=900');
  await expect(app.playback.pauseButton).toBeVisible();
  await app.playback.pause();
  await app.isConsistent();
  await app.playback.toEnd();
  await app.isConsistent();
});

test('flipped back and forth while it plays: what is shown ran on the cluster that is shown', async ({ app }) => {
  await app.open();
  for (const cni of [
    'Flannel host-gw',
    'Flannel VXLAN',
    'Flannel host-gw',
    'Flannel VXLAN',
    'Flannel host-gw',
  ] as const)
    await app.header.chooseCni(cni);
  await expect(app.header.toast('Cluster rebuilt with Flannel host-gw')).toBeVisible();
  await expect(app.stage.root).not.toContainText('flannel.1');
  await expect(app.composer.outcome).toContainText('Answered');
  await app.playback.pause();
  await app.isConsistent();
  await expect(app.hops.stops.filter({ hasText: '+50 B' })).toHaveCount(0);
  await app.playback.toEnd();
  await app.isConsistent();
});

test('sending and flipping at once leaves one picture', async ({ app }) => {
  await app.open();
  await app.composer.sendButton.click();
  await app.header.chooseCni('Flannel host-gw');
  await app.composer.sendButton.click();
  await app.header.podMtu.fill('1300');
  await app.page.keyboard.press('Enter');
  await app.composer.sendButton.click();
  await expect(app.header.podMtu).toHaveAttribute('placeholder', '1300');
  await expect(app.composer.form).toHaveAttribute('aria-busy', 'false');
  await expect(app.composer.outcome).toContainText('Answered');
  await app.playback.pause();
  await app.isConsistent();
  await expect(app.packet.ruler).toContainText('/ 1300');
});

test('manifests pasted while it plays take the old picture down', async ({ app }) => {
  await app.open();
  await app.stage.moves();
  await app.manifests.pasteOnPage(SHOP);
  await app.manifests.pasteOnPage(BAD_SHOP);
  await app.manifests.pasteOnPage(SHOP);
  await expect(app.manifests.state).toHaveText('In force');
  await expect(app.composer.to).toHaveValue('svc/shop:80');
  await expect(app.stage.root).not.toContainText('frontend');
  await expect(app.stage.capsule).toHaveCount(0);
  await expect(app.hops.root).toContainText('Nothing has been sent on this cluster yet');
  await expect(app.playback.counter).toHaveText('nothing sent yet');
  await expect(app.packet.root).toContainText('once something has been sent');
  await app.composer.send();
  await app.playback.pause();
  await app.isConsistent();
});

test('refused manifests while it plays change nothing, and it plays on', async ({ app }) => {
  await app.open();
  await app.manifests.pasteOnPage(BAD_SHOP);
  await expect(app.manifests.state).toContainText('Refused');
  await expect(app.playback.pauseButton).toBeVisible();
  await app.playback.pause();
  await app.isConsistent();
});

test('keys hammered while it plays lead to a definite step', async ({ app, page }) => {
  await app.open();
  await page.locator('h1').click();
  for (const key of [
    'ArrowRight',
    'Space',
    'Shift+ArrowRight',
    'Space',
    '.',
    'ArrowLeft',
    'Space',
    'End',
    'Space',
    'Home',
  ])
    await page.keyboard.press(key);
  await app.playback.pause();
  await app.isConsistent();
});
