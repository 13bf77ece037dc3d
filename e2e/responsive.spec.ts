import type { Locator, Page } from '@playwright/test';
import { type App, expect, test } from './fixtures/app.ts';
import { hasFocus } from './fixtures/overlay.ts';

/** The page itself scrolls nowhere to the side, and of these nothing sticks out of the window. */
async function fits(page: Page, elements: readonly Locator[]): Promise<void> {
  const { scroll, width } = await page.evaluate(() => ({
    scroll: document.documentElement.scrollWidth,
    width: document.documentElement.clientWidth,
  }));
  expect(scroll).toBeLessThanOrEqual(width);
  for (const element of elements) {
    await element.scrollIntoViewIfNeeded();
    const box = await element.boundingBox();
    expect(box, String(element)).not.toBeNull();
    if (!box) continue;
    expect(box.x, String(element)).toBeGreaterThanOrEqual(-0.5);
    expect(box.x + box.width, String(element)).toBeLessThanOrEqual(width + 0.5);
    expect(box.height, String(element)).toBeGreaterThan(0);
  }
}

/** Targets of at least 24 pixels and words of at least 11, wherever something is to be pressed or read. */
async function isBigEnough(page: Page): Promise<void> {
  const small = await page.evaluate(() => {
    const found: string[] = [];
    const shown = (element: Element): boolean => element.checkVisibility({ visibilityProperty: true });
    for (const element of document.querySelectorAll('button, select, input:not([type="checkbox"]), summary')) {
      const box = element.getBoundingClientRect();
      if (!shown(element) || element.closest('[hidden], .visually-hidden')) continue;
      if (box.width < 24 || box.height < 23.5)
        found.push(`${element.className || element.tagName} ${element.textContent} ${box.width}×${box.height}`);
    }
    for (const element of document.querySelectorAll('body *')) {
      const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent?.trim());
      if (!own || !shown(element) || element.closest('.visually-hidden, noscript')) continue;
      const size = Number.parseFloat(getComputedStyle(element).fontSize);
      if (size < 11) found.push(`${element.tagName} ${element.textContent} ${size}px`);
    }
    return found;
  });
  expect(small).toEqual([]);
}

function always(app: App): readonly Locator[] {
  return [
    app.header.root,
    app.header.theme,
    app.header.help,
    app.stage.root,
    app.playback.root,
    app.playback.scrubber,
    app.dock.root,
  ];
}

for (const { width, height } of [
  { width: 1440, height: 900 },
  { width: 1920, height: 1080 },
]) {
  test(`at ${width}×${height} everything is in sight at once`, async ({ app, page }) => {
    await page.setViewportSize({ width, height });
    await app.openAtStart();
    await fits(page, [...always(app), app.composer.form, app.composer.sendButton, app.hops.root, app.packet.root]);
    for (const element of [app.stage.root, app.composer.sendButton, app.hops.root, app.packet.stack, app.dock.root])
      await expect(element).toBeInViewport({ ratio: 0.99 });
    await isBigEnough(page);
    const stage = await app.stage.root.boundingBox();
    await app.composer.send();
    await app.playback.pause();
    await page.keyboard.press('ArrowRight');
    // sending and stepping shift no layout
    expect(await app.stage.root.boundingBox()).toEqual(stage);
  });
}

test('at 1024×768 the side panels are drawers', async ({ app, page }) => {
  await page.setViewportSize({ width: 1024, height: 768 });
  await app.open();
  await app.playback.pause();
  await fits(page, always(app));
  await isBigEnough(page);
  await expect(app.composer.form).toHaveCount(0);
  await expect(app.hops.root).toHaveCount(0);

  await app.header.root.getByRole('button', { name: 'Request…' }).click();
  const request = page.getByRole('dialog', { name: 'Send traffic' });
  await fits(page, [request, app.composer.from, app.composer.sendButton]);
  await app.composer.fill({ to: 'pod/nobody' });
  await app.composer.sendButton.click();
  await expect(app.composer.problemOf(app.composer.to)).toHaveText('There is no Pod default/nobody');
  await app.composer.fill({ to: 'svc/frontend:80' });
  await app.composer.sendButton.click();
  await expect(request).toHaveCount(0);
  await expect(app.stage.label).toHaveText(/:80$/);

  await app.header.root.getByRole('button', { name: 'Hops and packet' }).click();
  const inspector = page.getByRole('dialog', { name: 'Hops and packet' });
  await fits(page, [inspector, app.hops.root, app.packet.root]);
  await hasFocus(inspector);
  await page.keyboard.press('Escape');
  await expect(inspector).toHaveCount(0);
});

test('at 1440×900 and 200 % zoom nothing is cut off', async ({ app, page }) => {
  await page.setViewportSize({ width: 720, height: 450 });
  await app.open();
  await app.playback.pause();
  await fits(page, [...always(app), app.hops.root, app.packet.root]);
  await isBigEnough(page);
  await app.header.root.getByRole('button', { name: 'Request…' }).click();
  await fits(page, [app.composer.from, app.composer.payload, app.composer.sendButton]);
});

test('on a phone the stage and the hop list stand below each other @phone', async ({ app, page }) => {
  await app.open();
  await app.playback.pause();
  await fits(page, [...always(app), app.hops.root, app.packet.root]);
  await isBigEnough(page);
  const [stage, hops, dock] = await Promise.all(
    [app.stage.root, app.hops.root, app.dock.root].map((element) => element.boundingBox()),
  );
  expect(hops?.y).toBeGreaterThanOrEqual((stage?.y ?? 0) + (stage?.height ?? 0));
  expect(dock?.y).toBeGreaterThanOrEqual((hops?.y ?? 0) + (hops?.height ?? 0));
});

test('on a phone a request is sent and stepped through by touch @phone', async ({ app, page }) => {
  await app.open();
  await app.playback.pause();
  await app.header.root.getByRole('button', { name: 'Request…' }).tap();
  await app.composer.fill({ to: 'svc/frontend:80', as: 'TCP' });
  await app.composer.sendButton.tap();
  await expect(page.getByRole('dialog')).toHaveCount(0);
  // the drawer closes before the answer is there, which then plays
  await expect(app.playback.pauseButton).toBeVisible();
  await app.playback.pause();
  await app.playback.root.getByRole('button', { name: 'Next hop' }).tap();
  await expect(app.playback.counter).toContainText('hop 2');
  await expect(app.stage.capsule).toBeVisible();
  await app.hops.goTo(/DNAT|worker-01/);
  await expect(app.playback.caption).toContainText('worker-01');
});
