import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect, test } from './fixtures/app.ts';
import { hasFocus } from './fixtures/overlay.ts';

async function violations(page: Page): Promise<readonly string[]> {
  // what is still moving in has not its colours yet
  await page.evaluate(() => Promise.allSettled(document.getAnimations().map(({ finished }) => finished)));
  const { violations: found } = await new AxeBuilder({ page }).options({ resultTypes: ['violations'] }).analyze();
  return found.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target.join(' ')}`));
}

test('one is shown with a click, up to the table line that proves it', async ({ app, page }) => {
  const { surprises, dock, playback, composer } = app;
  await app.open();
  await dock.open('Manifests');
  await surprises.show('A client called .0');
  await expect(surprises.proof).toContainText('10.244.2.0: the address of flannel.1, not of worker-02');
  await expect(composer.from).toHaveValue('192.168.1.100');
  await expect(composer.to).toHaveValue('192.168.1.12:30080');
  // it plays up to the proof and stops there
  await expect(playback.playButton).toBeVisible();
  await expect(playback.caption).toContainText('masquerades the source');
  await dock.isOpen('iptables-save');
  await dock.decides(/-A KUBE-POSTROUTING .*-j MASQUERADE --random-fully/);

  // from anywhere, the link leads there again
  await page.keyboard.press('End');
  await dock.open('ip route');
  await surprises.strip.getByRole('button', { name: 'The line that proves it' }).click();
  await expect(playback.playButton).toBeVisible();
  await dock.decides('MASQUERADE');
  await app.isConsistent();

  // nothing was changed for it: there is nothing to put back
  await surprises.strip.getByRole('button', { name: 'Done' }).click();
  await expect(surprises.strip).toHaveCount(0);
});

test('one that is about another mode of kube-proxy flips it, and puts it back', async ({ app, page }) => {
  const { surprises, header } = app;
  await app.open();
  await surprises.open();
  await expect(surprises.item('Down a router and back over a bridge')).toContainText('kube-proxy: IPVS mode');
  await page.keyboard.press('Escape');
  await surprises.show('Down a router and back over a bridge');
  await expect(surprises.proof).toContainText('with TTL 63; the answer, from Pod to Pod, still has 64');
  await expect(header.proxy('IPVS')).toBeChecked();
  await surprises.strip.getByRole('button', { name: 'Put it back' }).click();
  await expect(surprises.strip).toHaveCount(0);
  await expect(header.proxy('iptables')).toBeChecked();
});

test('one that takes commands ends in a drop, and is put back', async ({ app, page }) => {
  const { surprises, composer, dock, packet } = app;
  await app.open();
  await surprises.open();
  await expect(surprises.item('Too big, and nobody says so')).toContainText('ip link set eth0 mtu 1500');
  await page.keyboard.press('Escape');
  await surprises.show('Too big, and nobody says so');
  await expect(surprises.proof).toContainText('worker-01 sees nothing and no ICMP is sent');
  await expect(composer.outcome).toContainText('No answer');
  await expect(app.playback.caption).toContainText('drops the packet');
  await expect(packet.root).toContainText('1514 B');
  await dock.open('ip addr');
  await expect(dock.lines.filter({ hasText: 'eth0' }).first()).toContainText('mtu 1500');

  await surprises.strip.getByRole('button', { name: 'Put it back' }).click();
  await expect(surprises.strip).toHaveCount(0);
  await expect(dock.lines.filter({ hasText: 'eth0' }).first()).toContainText('mtu 1450');
  await composer.send();
  await expect(composer.outcome).not.toContainText('No answer');
});

test('the next one takes back what the one before changed, and moves nothing', async ({ app }) => {
  const { surprises, stage, dock } = app;
  await app.open();
  await surprises.show('Seen by tcpdump, sent to nobody');
  await expect(surprises.strip.getByRole('button', { name: 'Put it back' })).toBeVisible();
  const before = await stage.root.boundingBox();
  await surprises.strip.getByRole('button', { name: 'Next surprise' }).click();
  await surprises.isShown('Three questions, then an answer');
  await expect(surprises.proof).toContainText('ICMP 3/1 comes from 10.244.2.0');
  await dock.isOpen('ip neigh');
  await dock.decides(/10\.244\.2\.\d+ .*FAILED/);
  expect(await stage.root.boundingBox()).toEqual(before);
  await expect(surprises.strip.getByRole('button', { name: 'Done' })).toBeVisible();
});

test('it says when something else is sent, and what the cluster lacks', async ({ app }) => {
  const { surprises, composer } = app;
  await app.open();
  await surprises.open();
  await expect(surprises.item('Refused without a RST')).toContainText('it takes a Service that has a ClusterIP and no');
  await surprises.item('A TTL of 1 is enough').getByRole('button', { name: 'Show it' }).click();
  await surprises.isShown('A TTL of 1 is enough');
  await composer.send({ to: 'svc/backend:80' });
  await expect(surprises.proof).toHaveAttribute('data-status', 'replaced');
  await surprises.strip.getByRole('button', { name: 'Show it again' }).click();
  await surprises.isShown('A TTL of 1 is enough');
});

test('it goes without a mouse', async ({ app, page }) => {
  const { surprises } = app;
  await app.openAtStart();
  await page.keyboard.press('s');
  await hasFocus(surprises.list);
  await page.keyboard.press('Escape');
  await expect(surprises.list).toHaveCount(0);
  await expect(surprises.opener).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(surprises.list.getByRole('button', { name: 'Close' })).toBeFocused();
  await page.keyboard.press('Tab');
  await expect(surprises.item('Bridged, yet filtered').getByRole('button')).toBeFocused();
  await page.keyboard.press('Enter');
  await surprises.isShown('Bridged, yet filtered');
  await expect(surprises.strip).toBeFocused();
  await app.dock.decides(/-A /);
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  await expect(surprises.strip.getByRole('button', { name: 'Next surprise' })).toBeFocused();
  await page.keyboard.press('Enter');
  await surprises.isShown('A TTL of 1 is enough');
  await surprises.strip.getByRole('button', { name: 'Done' }).focus();
  await page.keyboard.press('Enter');
  await expect(surprises.strip).toHaveCount(0);
  await expect(surprises.opener).toBeFocused();
});

for (const colorScheme of ['dark', 'light'] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme });

    test('axe finds nothing while one is shown, and in the list', async ({ app, page }) => {
      await app.openAtStart();
      await app.surprises.show('Too big, and nobody says so');
      await expect(app.playback.playButton).toBeVisible();
      expect(await violations(page)).toEqual([]);
      await app.surprises.open();
      expect(await violations(page)).toEqual([]);
    });
  });
}

test('on a phone the packet that proves it is brought into sight @phone', async ({ app, page }) => {
  const { surprises, packet } = app;
  await app.open();
  const header = await app.header.root.boundingBox();
  await surprises.opener.tap();
  await surprises.item('A letter to oneself').getByRole('button', { name: 'Show it' }).tap();
  await surprises.isShown('A letter to oneself');
  expect(await app.header.root.boundingBox()).toEqual(header);
  const { scroll, width } = await page.evaluate(() => ({
    scroll: document.documentElement.scrollWidth,
    width: document.documentElement.clientWidth,
  }));
  expect(scroll).toBeLessThanOrEqual(width);
  await surprises.strip.getByRole('button', { name: 'The frame that proves it' }).tap();
  await expect(packet.root).toBeInViewport();
  await expect(app.playback.playButton).toBeVisible();
  await expect(packet.root).toContainText('10.244.1.1');
});
