import type { Page } from '@playwright/test';
import { expect, test } from './fixtures/app.ts';

/** The ground of either theme. */
const [DARK, LIGHT] = ['rgb(11, 14, 19)', 'rgb(238, 241, 245)'];

const themeOf = (page: Page) => page.locator('html');

test('auto follows the system as it changes', async ({ app, page }) => {
  await page.emulateMedia({ colorScheme: 'dark' });
  await app.open();
  await expect(app.header.theme).toHaveText('Auto');
  await expect(themeOf(page)).toHaveAttribute('data-theme', 'dark');
  await page.emulateMedia({ colorScheme: 'light' });
  await expect(themeOf(page)).toHaveAttribute('data-theme', 'light');
});

test('a chosen theme stays through a reload, whatever the system says', async ({ app, page }) => {
  await page.emulateMedia({ colorScheme: 'light' });
  await app.open();
  const background = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  await expect.poll(background).toBe(LIGHT);
  await app.header.theme.click();
  await expect(app.header.theme).toHaveText('Dark');
  await expect(themeOf(page)).toHaveAttribute('data-theme', 'dark');
  await expect.poll(background).toBe(DARK);
  await page.reload();
  await app.stage.isDrawn();
  await expect(app.header.theme).toHaveText('Dark');
  await expect(themeOf(page)).toHaveAttribute('data-theme', 'dark');
  await expect.poll(background).toBe(DARK);

  await app.header.theme.click();
  await expect(app.header.theme).toHaveText('Light');
  await expect.poll(background).toBe(LIGHT);
  await app.header.theme.click();
  await expect(app.header.theme).toHaveText('Auto');
});
