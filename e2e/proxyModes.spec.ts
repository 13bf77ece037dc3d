import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { type App, expect, test } from './fixtures/app.ts';
import { hasFocus } from './fixtures/overlay.ts';

const BACKEND = 'backend-5c8b7d6f49-r8m7q';

async function violations(page: Page): Promise<readonly string[]> {
  await page.evaluate(() => Promise.allSettled(document.getAnimations().map(({ finished }) => finished)));
  const { violations: found } = await new AxeBuilder({ page }).options({ resultTypes: ['violations'] }).analyze();
  return found.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target.join(' ')}`));
}

/** An upload under way, at the moment when its first packet has been translated. */
async function upload(app: App): Promise<void> {
  await app.openAtStart();
  await app.composer.send({ as: 'HTTP', payload: '4000' });
  await expect(app.composer.outcome).toContainText('got=4000');
  await app.playback.pause();
  await app.hops.goTo('worker-01', /DNAT → backend/);
}

test('an upload goes on through every flip, and the next one goes another way', async ({ app }) => {
  await upload(app);
  await expect(app.stage.node('worker-01')).toContainText(/iptables · \d+ rules/);
  const { step } = await app.playback.position();

  await app.header.chooseProxy('nftables');
  await expect(app.header.toast('kube-proxy now runs in nftables mode')).toContainText(
    'What iptables mode wrote is cleaned up. Connections that are established keep their conntrack entries',
  );
  // nothing of what was seen is different, and it goes on
  await app.playback.isAtStep(step);
  await expect(app.playback.caption).toContainText('10.244.2.47:8080');
  await expect(app.composer.outcome).toContainText('got=4000');
  await expect(app.stage.node('worker-01')).toContainText(/nftables/);
  await app.playback.toEnd();
  await app.composer.repeatButton.click();
  await app.playback.pause();
  await app.hops.goTo('worker-01', /DNAT → backend/);
  await app.hops.goToStep(/^service-/);
  await app.dock.isOpen('nft list ruleset');

  await app.header.chooseProxy('IPVS');
  await expect(app.header.toast('kube-proxy now runs in IPVS mode')).toBeVisible();
  await expect(app.composer.outcome).toContainText('got=4000');
  await expect(app.stage.node('worker-01')).toContainText(/IPVS · \d+ (virtual )?servers/);
  await app.playback.toEnd();
  await app.composer.repeatButton.click();
  await expect(app.composer.outcome).toContainText('got=4000');
  await app.playback.pause();
  await app.hops.goTo('worker-01', /backend-5c8b7d6f49/);
  await app.dock.open('ipvsadm -Ln');
  await app.dock.namespace.selectOption('worker-01');
  await expect(app.dock.line('TCP  10.96.42.10:80')).toHaveCount(1);
});

test('what IPVS scheduled is cut off when it is cleaned up, and goes on when it is left', async ({ app, page }) => {
  await app.openAtStart();
  await app.header.chooseProxy('IPVS');
  for (const [leaves, said] of [
    [false, 'no answer'],
    [true, 'got=4000'],
  ] as const) {
    await app.header.chooseProxy('IPVS');
    if (leaves) {
      await app.header.oldRules.click();
      await page.getByRole('menuitemcheckbox', { name: /^Leave the old mode/ }).click();
      await hasFocus(page.getByRole('menu'));
      await page.keyboard.press('Escape');
    }
    await app.composer.send({ as: 'HTTP', payload: '4000' });
    await expect(app.composer.outcome).toContainText('got=4000');
    await app.playback.pause();
    await app.hops.packet('HTTP request 1').click();
    await app.header.chooseProxy('iptables');
    await expect(app.composer.outcome).toContainText(said);
  }
  await expect(app.header.toast('kube-proxy now runs in iptables mode')).toContainText(
    'What IPVS mode wrote is left in place: the kernel asks both.',
  );
  await expect(app.stage.node('worker-01')).toContainText('iptables + old IPVS');
  await app.dock.open('ip addr');
  await app.dock.namespace.selectOption('worker-01');
  await app.dock.filter.fill('kube-ipvs0');
  await expect(app.dock.line('kube-ipvs0').first()).toBeVisible();

  await app.header.oldRules.click();
  await page.getByRole('menuitem', { name: /^Clean up what IPVS left/ }).click();
  await expect(app.stage.node('worker-01')).not.toContainText('old IPVS');
  await expect(app.dock.panel).toContainText(/No line of \d+ has “kube-ipvs0”/);
  await expect(app.header.oldRules).toHaveAccessibleName('Old rules of kube-proxy');
});

test('the dock shows what a change made of each table, even of those that are gone', async ({ app }) => {
  await app.openAtStart();
  await expect(app.dock.whatChanged).toHaveCount(0);
  await app.dock.namespace.selectOption('worker-01');
  await app.header.chooseProxy('nftables');
  await app.dock.open('nft list ruleset');
  await app.dock.whatChanged.click();
  await expect(app.dock.changes).toHaveText(/^0 lines went, \d+ came since kube-proxy: iptables → nftables$/);
  await expect(app.dock.came.first()).toHaveText(/table ip kube-proxy \{/);
  await app.dock.open('iptables-save');
  await expect(app.dock.changes).toHaveText(/^\d+ lines went, 0 came since/);
  await app.dock.filter.fill('10.244.2.47:8080');
  await expect(app.dock.went.first()).toContainText('--to-destination 10.244.2.47:8080');
  await app.dock.filter.fill('');

  await app.header.chooseProxy('iptables');
  // nft prints nothing any more; what it printed can still be looked at
  await app.dock.open('nft list ruleset');
  await expect(app.dock.changes).toHaveText(/^\d+ lines went, 0 came since kube-proxy: nftables → iptables$/);
  await app.dock.whatChanged.click();
  await expect(app.dock.panel).toContainText('prints nothing');
  await app.dock.open('ip route');
  await app.dock.whatChanged.click();
  await expect(app.dock.panel).toContainText('prints the same as before');
});

test('scaled to nothing while a request runs: it ends as it began, and the next one is refused', async ({ app }) => {
  await upload(app);
  await app.objects.open();
  await app.objects.replicas('backend').fill('0');
  await app.objects.replicas('backend').press('Enter');
  await expect(app.objects.panel.locator('.objects-group').filter({ hasText: 'backend' })).toContainText(
    '0 of 0 ready',
  );
  await app.playback.toEnd();
  await app.composer.send({ as: 'HTTP', payload: '0' });
  await expect(app.composer.outcome).toContainText('refused');
});

test('in IPVS mode a Pod whose probe fails under an upload is drained: weight 0, its connection goes on', async ({
  app,
}) => {
  await app.openAtStart();
  await app.header.chooseProxy('IPVS');
  await app.composer.send({ as: 'HTTP', payload: '4000' });
  await expect(app.composer.outcome).toContainText('got=4000');
  await app.playback.pause();
  await app.hops.packet('HTTP request 1').click();
  await app.dock.open('ipvsadm -Ln');
  await app.dock.namespace.selectOption('worker-01');
  const realServer = app.dock.line('10.244.2.47:8080');
  // the request that the page opened with is over, and is counted as long as it is remembered
  await expect(realServer).toHaveText(/Masq +1 +1 +1/);
  await app.objects.open();
  await app.objects
    .pod(BACKEND)
    .getByRole('button', { name: /^Fail the readiness probe/ })
    .click();
  await app.dock.open('ipvsadm -Ln');
  await expect(realServer).toHaveText(/Masq +0 +1 +1/);
  await expect(app.composer.outcome).toContainText('got=4000');
  await app.playback.toEnd();
  await expect(realServer).toHaveText(/Masq +0 +0 +2/);
});

test('a failed probe takes a Pod out of the rules and is to be seen on the stage', async ({ app }) => {
  await app.openAtStart();
  await app.objects.open();
  await app.objects
    .pod(BACKEND)
    .getByRole('button', { name: /^Fail the readiness probe/ })
    .click();
  await expect(app.stage.station('worker-02', new RegExp(`^Pod ${BACKEND}.*, not ready`))).toContainText('not ready');
  await app.dock.open('iptables-save');
  await app.dock.namespace.selectOption('worker-01');
  await app.dock.whatChanged.click();
  await expect(app.dock.changes).toContainText(`since ${BACKEND} not ready`);
  await expect(app.dock.went.filter({ hasText: '--to-destination 10.244.2.47:8080' })).toHaveCount(1);
});

test('where kube-proxy is stopped the rules stay as they were, and the stage says so', async ({ app }) => {
  await app.openAtStart();
  await app.objects.open();
  await app.objects.proxyButton('worker-01').click();
  await expect(app.objects.proxyButton('worker-01')).toHaveText('Start');
  await expect(app.stage.node('worker-01')).toContainText('proxy stopped');
  await expect(app.stage.node('worker-02')).not.toContainText('proxy stopped');
  await app.header.chooseProxy('nftables');
  await expect(app.header.toast('nftables mode')).toContainText('Nothing changes on worker-01');
  await expect(app.stage.node('worker-02')).toContainText(/nftables/);
  await expect(app.stage.node('worker-01')).not.toContainText(/nftables/);
  await app.objects.proxyButton('worker-01').click();
  await expect(app.stage.node('worker-01')).toContainText(/nftables/);
  await expect(app.stage.node('worker-01')).not.toContainText('proxy stopped');
});

test('by keyboard alone: flip, leave, clean up, compare', async ({ app, page }) => {
  await app.openAtStart();
  await app.dock.open('iptables-save');
  await app.header.oldRules.focus();
  await page.keyboard.press('Enter');
  const leave = page.getByRole('menuitemcheckbox', { name: /^Leave the old mode/ });
  await expect(leave).toBeFocused();
  await page.keyboard.press('Space');
  await expect(leave).toHaveAttribute('aria-checked', 'true');
  await page.keyboard.press('Escape');
  await expect(app.header.oldRules).toBeFocused();
  await page.keyboard.press('Shift+Tab');
  await expect(app.header.proxy('iptables')).toBeFocused();
  await page.keyboard.press('ArrowRight');
  await expect(app.header.proxy('nftables')).toBeChecked();
  await expect(app.stage.node('worker-01')).toContainText('nftables + old iptables');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await expect(leave).toBeFocused();
  await page.keyboard.press('ArrowDown');
  await expect(page.getByRole('menuitem', { name: /^Clean up what iptables left/ })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(app.stage.node('worker-01')).not.toContainText('old iptables');
  await expect(app.header.oldRules).toBeFocused();
  await app.dock.whatChanged.focus();
  await page.keyboard.press('Enter');
  await expect(app.dock.changes).toContainText('since kube-proxy --cleanup');
});

for (const colorScheme of ['dark', 'light'] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme });

    test('axe finds nothing in the flip, its menu, the differences and the objects', async ({ app, page }) => {
      await app.openAtStart();
      await app.header.chooseProxy('nftables');
      await expect(app.header.toasts).toBeVisible();
      await app.dock.namespace.selectOption('worker-01');
      await app.dock.whatChanged.click();
      await expect(app.dock.went.first()).toBeVisible();
      await app.header.oldRules.click();
      await hasFocus(page.getByRole('menu'));
      expect(await violations(page)).toEqual([]);
      await page.keyboard.press('Escape');
      await app.objects.open();
      await app.objects.proxyButton('worker-01').click();
      await app.objects
        .pod(BACKEND)
        .getByRole('button', { name: /^Fail the readiness probe/ })
        .click();
      await expect(app.stage.node('worker-02')).toContainText('not ready');
      expect(await violations(page)).toEqual([]);
    });
  });
}

test('on a phone the mode is flipped and compared by touch @phone', async ({ app, page }) => {
  await app.open();
  await app.playback.pause();
  await app.header.chooseProxy('IPVS');
  await expect(app.stage.node('worker-01')).toContainText('IPVS');
  await app.dock.namespace.selectOption('worker-01');
  await app.dock.open('ipset');
  await app.dock.whatChanged.tap();
  await expect(app.dock.changes).toContainText('came since kube-proxy: iptables → IPVS');
  const { scroll, width } = await page.evaluate(() => ({
    scroll: document.documentElement.scrollWidth,
    width: document.documentElement.clientWidth,
  }));
  expect(scroll).toBeLessThanOrEqual(width);
});
