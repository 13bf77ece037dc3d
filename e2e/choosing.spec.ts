import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect, test } from './fixtures/app.ts';

async function violations(page: Page): Promise<readonly string[]> {
  const { violations: found } = await new AxeBuilder({ page }).options({ resultTypes: ['violations'] }).analyze();
  return found.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target.join(' ')}`));
}

test('a flip tells what it changed about the request, and both sides can be compared', async ({ app }) => {
  const { header, flip, compare } = app;
  await app.open();
  await header.chooseCni('Calico BGP');
  await expect(flip.strip).toContainText('Flannel VXLAN → Calico BGP: rebuilt');
  await expect(flip.strip).toContainText('6 Pods were made anew, 6 with another address');
  await expect(flip.figure('Pod MTU')).toContainText('1,450 → 1,500');
  await expect(flip.figure('Largest frame')).toContainText('124 B → 74 B');
  await expect(flip.figure('Headers on the wire')).toContainText(/VXLAN.*→ Ethernet, IPv4, TCP$/);
  await flip.button('Compare both').click();
  await compare.isReady();
  await expect(compare.status).toContainText('A: iptables, Flannel VXLAN, L2 segment. B: iptables, Calico BGP');
});

test('host-gw across two subnets is built, fails, and says why', async ({ app }) => {
  const { header, flip } = app;
  await app.open();
  await header.underlay.selectOption('two-subnets');
  await expect(flip.strip).toContainText('L2 segment → two subnets');
  await header.chooseCni('Flannel host-gw');
  await expect(flip.strip).toContainText('network is unreachable');
});

test('in place the Pods keep what they have, later ones get the new, and a rebuild makes it clean', async ({
  app,
  page,
}) => {
  const { header, flip, stage } = app;
  await app.openAtStart();
  await page.keyboard.press('End');
  await flip.inPlace('Flannel host-gw');
  await expect(flip.strip).toContainText('Flannel VXLAN → Flannel host-gw: changed in place');
  await expect(header.cni).toHaveValue('flannel-host-gw');
  await expect(stage.node('worker-01')).toContainText('flannel.1');
  await expect(flip.figure('Headers on the wire')).toContainText('→ Ethernet, IPv4, TCP');
  expect(await violations(page)).toEqual([]);
  await flip.button('Make it clean').click();
  await expect(header.toast('Cluster rebuilt with Flannel host-gw')).toBeVisible();
  await expect(stage.root).not.toContainText('flannel.1');
});

test('half a migration: one node alone gets the new agents', async ({ app, page }) => {
  const { header, flip, stage } = app;
  await app.openAtStart();
  await page.keyboard.press('End');
  await flip.inPlace('Calico VXLAN', 'worker-01');
  await expect(flip.strip).toContainText('changed in place');
  await expect(header.cni).toHaveValue('calico-vxlan');
  await expect(stage.node('worker-01')).toContainText('vxlan.calico');
  await expect(stage.node('worker-02')).not.toContainText('vxlan.calico');
});

test('every backend is tried, and a cell shows itself happening', async ({ app, page }) => {
  test.slow();
  const { header, choosing, composer, flip, playback } = app;
  await app.openAtStart();
  await page.keyboard.press('b');
  await choosing.isReady();
  await expect(choosing.cell('Flannel VXLAN', 'Overhead')).toContainText('50 B');
  await expect(choosing.cell('Calico BGP', 'Needs')).toContainText('speaks BGP');
  await choosing.underlay.selectOption('two-subnets');
  await choosing.isReady();
  const works = choosing.cell('Flannel host-gw', 'Works here?');
  await expect(works).toHaveAttribute('data-bad', 'true');
  await works.getByRole('button').click();
  await expect(choosing.dialog).toHaveCount(0);
  await expect(header.cni).toHaveValue('flannel-host-gw');
  await expect(header.underlay).toHaveValue('two-subnets');
  await expect(flip.strip).toContainText('network is unreachable');
  await expect(composer.outcome).toContainText('No answer');
  await playback.pause();
});

for (const theme of ['dark', 'light'] as const) {
  test(`axe finds nothing in the table, ${theme}`, async ({ app, page }) => {
    test.slow();
    await app.open({ theme });
    await app.choosing.open();
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await expect(app.choosing.opener).toBeFocused();
  });
}

test('@phone the table scrolls within itself', async ({ app, page }) => {
  test.slow();
  await app.open();
  await app.choosing.open();
  const wide = await page.evaluate(() => document.querySelector('.compare-body')?.scrollWidth ?? 0);
  expect(wide).toBeLessThanOrEqual(390);
  expect(await violations(page)).toEqual([]);
});
