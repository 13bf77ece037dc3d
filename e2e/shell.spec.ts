import { expect, test } from '@playwright/test';

test('the page asks for nothing but its own files and breaks none of its own rules', async ({ page, baseURL }) => {
  const foreign: string[] = [];
  const complaints: string[] = [];
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(baseURL ?? '') && !url.startsWith('blob:') && !url.startsWith('data:')) foreign.push(url);
  });
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('requestfailed', (request) => complaints.push(`${request.url()} failed`));
  page.on('response', (response) => {
    if (response.status() >= 400) complaints.push(`${response.url()} answered ${response.status()}`);
  });

  await page.goto('./');
  await expect(page).toHaveTitle(/Hopscope/);
  await expect(page.locator('#root')).not.toBeEmpty();
  await page.waitForLoadState('load');

  expect(foreign).toEqual([]);
  expect(complaints).toEqual([]);
});
