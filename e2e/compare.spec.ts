import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect, test } from './fixtures/app.ts';
import { hasFocus } from './fixtures/overlay.ts';

async function violations(page: Page): Promise<readonly string[]> {
  const { violations: found } = await new AxeBuilder({ page }).options({ resultTypes: ['violations'] }).analyze();
  return found.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target.join(' ')}`));
}

test('the same request under two modes, what differs marked in words', async ({ app, page }) => {
  const { compare } = app;
  await app.open();
  await compare.open();
  await compare.choose('B', 'IPVS');
  const rewritten = compare.figure('Destination rewritten');
  await expect(rewritten).toContainText('differs');
  await expect(rewritten).toContainText('worker-01, prerouting at the bridge port');
  await expect(rewritten).toContainText('worker-01, input');
  await expect(compare.figure('Outcome')).not.toContainText('differs');

  const port = compare.row('The request', 'prerouting at the bridge port');
  await expect(port).toContainText('≠ decision, destination, rules, lookups');
  await expect(port).toContainText('dnat 10.96.42.10:80 → 10.244.');
  await expect(compare.row('The request', 'input').first()).toContainText('only in B');
  await expect(compare.row('The request', 'input').first()).toContainText('does not come by here');
  await expect(compare.row('The request', 'local process').first()).toContainText('= same');
  await expect(compare.way('The answer')).toContainText('undo-dnat');

  // both packets, layer by layer, where the row is opened
  await port.click();
  const detail = page.locator('.compare-detail');
  await expect(detail).toContainText('Packet of A');
  await expect(detail).toContainText('Packet of B');
  await expect(detail).toContainText('TCP');
  await expect(detail).toContainText('nat PREROUTING: accept');

  const rows = compare.way('The request').locator('.compare-row');
  const all = await rows.count();
  await compare.dialog.getByRole('checkbox', { name: 'Only what differs' }).check();
  await expect(rows.filter({ hasText: '= same' })).toHaveCount(0);
  expect(await rows.count()).toBeLessThan(all);
});

test('backends are compared too, and nothing differs between twins', async ({ app }) => {
  const { compare } = app;
  await app.open();
  await compare.open();
  await compare.choose('B', 'iptables');
  await expect(compare.summary).not.toContainText('differs');
  await compare.chooseCni('B', 'Flannel host-gw');
  await expect(compare.figure('Largest frame')).toContainText('A 124 B');
  await expect(compare.figure('Largest frame')).toContainText('B 74 B');
  await compare.dialog.getByRole('button', { name: 'Swap' }).click();
  await compare.isReady();
  await expect(compare.figure('Largest frame')).toContainText('A 74 B');
});

test('it is opened and left by key, changes nothing, and the focus comes back', async ({ app, page }) => {
  const { compare, playback } = app;
  await app.openAtStart();
  const before = await app.stage.root.boundingBox();
  await page.keyboard.press('c');
  await compare.isReady();
  await hasFocus(compare.dialog);
  // keys of the page behind it have no meaning here
  await page.keyboard.press('End');
  await page.keyboard.press('Escape');
  await expect(compare.dialog).toHaveCount(0);
  await expect(compare.opener).toBeFocused();
  await playback.isAtStep(1);
  expect(await app.stage.root.boundingBox()).toEqual(before);
  await app.isConsistent();
});

test('what cannot be sent is said, and nothing old is shown for it', async ({ app }) => {
  const { compare, composer } = app;
  await app.open();
  await composer.to.fill('svc/nobody');
  await compare.opener.click();
  await expect(compare.status).toHaveAttribute('data-status', 'failed');
  await expect(compare.status).toContainText('Nothing to compare');
  await expect(compare.summary).toHaveCount(0);
});

test('the chart is measured, moved by keyboard, and has a twin in figures', async ({ app, page }) => {
  test.slow();
  const { compare } = app;
  await app.open();
  await compare.open();
  await compare.turnTo('Cost');
  await expect(compare.status).toHaveAttribute('data-status', 'ready', { timeout: 60_000 });
  await expect(compare.charts.first()).toHaveAccessibleName(/iptables, O\(n\); nftables, O\(1\); IPVS, O\(1\)/);
  const row = (services: string, mode: string) =>
    compare.figures.getByRole('row', { name: new RegExp(`^${services} ${mode} `) });
  await expect(row('10,000', 'iptables')).toContainText('10,005 rules');
  await expect(row('10,000', 'nftables')).toContainText('8 rules, 3 lookups');

  await compare.slider.focus();
  await page.keyboard.press('ArrowLeft');
  await expect(compare.slider).toHaveAttribute('aria-valuetext', '790 Services');
  await expect(row('790', 'iptables')).toContainText('795 rules', { timeout: 30_000 });
});

for (const theme of ['dark', 'light'] as const) {
  test(`axe finds nothing, ${theme}`, async ({ app, page }) => {
    const { compare } = app;
    await app.open({ theme });
    await compare.open();
    await compare.row('The request', 'prerouting at the bridge port').click();
    expect(await violations(page)).toEqual([]);
    await compare.turnTo('Cost');
    await expect(compare.figures.getByRole('row')).not.toHaveCount(1, { timeout: 30_000 });
    expect(await violations(page)).toEqual([]);
  });
}

test('@phone stacked, each side by its letter', async ({ app, page }) => {
  const { compare } = app;
  await app.open();
  await compare.open();
  await compare.choose('B', 'IPVS');
  const cells = compare.row('The request', 'prerouting at the bridge port').locator('.compare-cell');
  const [a, b] = [await cells.first().boundingBox(), await cells.last().boundingBox()];
  expect(b?.y).toBeGreaterThan((a?.y ?? 0) + (a?.height ?? 0) - 1);
  await expect(cells.first()).toContainText(/^A/);
  await expect(cells.last()).toContainText(/^B/);
  const wide = await page.evaluate(() => document.querySelector('.compare-body')?.scrollWidth ?? 0);
  expect(wide).toBeLessThanOrEqual(390);
  expect(await violations(page)).toEqual([]);
  await page.keyboard.press('Escape');
  await expect(compare.dialog).toHaveCount(0);
});
