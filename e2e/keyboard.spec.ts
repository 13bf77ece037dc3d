import type { Page } from '@playwright/test';
import { expect, test } from './fixtures/app.ts';
import { hasFocus } from './fixtures/overlay.ts';

/** Goes on by Tab until the focused element has the name; fails when it is not to be reached. */
async function tabTo(page: Page, name: RegExp, most = 80): Promise<void> {
  const seen: string[] = [];
  for (let i = 0; i < most; i += 1) {
    await page.keyboard.press('Tab');
    const focused = await page.evaluate(() => {
      const element = document.activeElement;
      const labels =
        element instanceof HTMLInputElement ? [...(element.labels ?? [])].map((each) => each.textContent) : [];
      const style = element ? getComputedStyle(element) : undefined;
      return {
        name: element?.getAttribute('aria-label') ?? (labels.join(' ') || element?.textContent) ?? '',
        outlined: style?.outlineStyle !== 'none' || style?.boxShadow !== 'none',
      };
    });
    seen.push(focused.name);
    if (name.test(focused.name)) {
      expect(focused.outlined, `focus on ${focused.name} can be seen`).toBe(true);
      return;
    }
  }
  throw new Error(`Tab does not reach ${name}, only ${seen.join(' | ')}`);
}

test('the main flow goes without a mouse', async ({ app, page }) => {
  await app.open();
  const { composer, playback } = app;
  // compose: reading order leads from the header to the request
  await tabTo(page, /^From$/);
  await page.keyboard.type('web');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await expect(composer.from).toHaveValue('pod/web-7b4d9f6c85-7d4c9');
  await page.keyboard.press('Tab');
  await expect(composer.to).toBeFocused();
  await page.keyboard.type('svc/backend:80');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Tab');
  await page.keyboard.press('ArrowLeft');
  await expect(composer.form.getByRole('radio', { name: 'TCP' })).toBeChecked();
  await page.keyboard.press('Tab');
  await expect(composer.port).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(composer.outcome).toContainText('connected to 10.96.42.10:80');
  await expect(playback.caption).toContainText('web-7b4d9f6c85-7d4c9');

  // play, step and look
  await tabTo(page, /^Playback position$/);
  await page.keyboard.press('Space');
  await expect(playback.playButton).toBeVisible();
  await page.keyboard.press('Home');
  await page.keyboard.press('Shift+ArrowRight');
  await expect(playback.counter).toContainText('hop 2');

  await page.getByRole('link', { name: 'Skip to the hop list' }).focus();
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  await expect(app.hops.currentStep).toBeFocused();
  for (let i = 0; i < 30 && !/^dnat/.test((await page.locator(':focus').textContent()) ?? ''); i += 1) {
    await page.keyboard.press('ArrowDown');
    const row = page.locator(':focus');
    await page.keyboard.press('Enter');
    await expect(row.locator('xpath=ancestor-or-self::li[@data-current="true"]').first()).toBeAttached();
  }
  await expect(playback.caption).toContainText(/10\.96\.42\.10:80 becomes/);
  await app.dock.isOpen('iptables-save');
  await app.dock.decides('-j DNAT');

  // tables by arrow keys
  await app.dock.root.getByRole('tab', { selected: true }).focus();
  await page.keyboard.press('ArrowRight');
  await app.dock.isOpen('ip route');
  await page.keyboard.press('End');
  await app.dock.isOpen('ip6tables-save');
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('ArrowLeft');
  await app.dock.isOpen('Manifests');
});

test('a station of the stage is reached and pressed by keys', async ({ app, page }) => {
  await app.openAtStart();
  await app.stage.station('worker-01', 'worker-01, route').focus();
  await page.keyboard.press('Enter');
  await app.dock.isOpen('ip route');
  await app.dock.decides('10.244.2.0/24');
  await app.isConsistent();
});

test('the editor is left by Escape and Tab, and applied by Ctrl+Enter', async ({ app, page }) => {
  await app.openAtStart();
  await app.manifests.open();
  await app.manifests.text.focus();
  await page.keyboard.press('Tab');
  await expect(app.manifests.text).toBeFocused();
  await page.keyboard.press('Escape');
  await page.keyboard.press('Tab');
  await expect(app.manifests.text).not.toBeFocused();
});

test('help opens with ?, holds the focus, and closes with Escape', async ({ app, page }) => {
  await app.openAtStart();
  await page.keyboard.press('?');
  const help = page.getByRole('dialog', { name: 'Help and keys' });
  await expect(help).toBeVisible();
  // keys of playback rest meanwhile
  await page.keyboard.press('ArrowRight');
  await hasFocus(help);
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  await expect(help.locator(':focus')).toHaveCount(1);
  await page.keyboard.press('Escape');
  await expect(help).toHaveCount(0);
  await app.playback.isAtStep(1);
});
