import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect, test } from './fixtures/app.ts';
import { BAD_SHOP } from './fixtures/clusters.ts';
import { hasFocus } from './fixtures/overlay.ts';

/** What axe finds, short enough to be read. */
async function violations(page: Page): Promise<readonly string[]> {
  // what is still fading in has not its colours yet
  await page.evaluate(() => Promise.allSettled(document.getAnimations().map(({ finished }) => finished)));
  const { violations: found } = await new AxeBuilder({ page }).options({ resultTypes: ['violations'] }).analyze();
  return found.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id}: ${node.target.join(' ')} ${node.failureSummary}`),
  );
}

for (const colorScheme of ['dark', 'light'] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme });

    test('axe finds nothing on the page, in help, in the editor and where something is wrong', async ({
      app,
      page,
    }) => {
      await app.openAtStart();
      await app.hops.goTo('worker-01', /DNAT → backend/);
      await app.packet.unfold('IPv4');
      expect(await violations(page)).toEqual([]);

      await app.header.help.click();
      await hasFocus(page.getByRole('dialog', { name: 'Help and keys' }));
      expect(await violations(page)).toEqual([]);
      await page.keyboard.press('Escape');

      await app.composer.to.fill('web');
      await expect(page.getByRole('listbox', { name: 'To' })).toBeVisible();
      expect(await violations(page)).toEqual([]);
      await app.composer.send({ to: 'pod/nobody', payload: 'much' });
      await expect(app.composer.problems.first()).toBeVisible();
      await app.manifests.open();
      await app.manifests.replace(BAD_SHOP);
      await app.manifests.apply();
      await expect(app.manifests.problems).toBeVisible();
      expect(await violations(page)).toEqual([]);
    });

    test('axe finds nothing with every table drawn, news up and a drop on the stage', async ({ app, page }) => {
      await app.openAtStart({ level: 'kernel' });
      await app.header.chooseCni('Flannel host-gw');
      await expect(app.header.toasts).toBeVisible();
      await app.composer.send({ to: 'pod/backend-5c8b7d6f49-r8m7q:9999', as: 'TCP' });
      await expect(app.composer.outcome).toContainText('Connection refused');
      await app.playback.pause();
      await app.hops.goTo(/NO_SOCKET/);
      await expect(app.playback.advice).toBeVisible();
      expect(await violations(page)).toEqual([]);
      await app.playback.saveCapture.click();
      await expect(page.getByRole('dialog', { name: 'Save capture' })).toBeVisible();
      expect(await violations(page)).toEqual([]);
    });

    test('axe finds nothing in the drawers', async ({ app, page }) => {
      await page.setViewportSize({ width: 1024, height: 768 });
      await app.openAtStart();
      await app.header.root.getByRole('button', { name: 'Request…' }).click();
      await hasFocus(page.getByRole('dialog', { name: 'Send traffic' }));
      expect(await violations(page)).toEqual([]);
      await page.keyboard.press('Escape');
      await app.header.root.getByRole('button', { name: 'Hops and packet' }).click();
      await expect(page.getByRole('dialog', { name: 'Hops and packet' })).toBeVisible();
      expect(await violations(page)).toEqual([]);
    });

    test('axe finds nothing on a phone @phone', async ({ app, page }) => {
      // so high that all of it is in sight: what is scrolled away is not drawn, and axe would look behind it
      await page.setViewportSize({ width: 390, height: 2200 });
      await app.openAtStart();
      expect(await violations(page)).toEqual([]);
      await app.header.root.getByRole('button', { name: 'Request…' }).click();
      await hasFocus(page.getByRole('dialog', { name: 'Send traffic' }));
      expect(await violations(page)).toEqual([]);
    });
  });
}
