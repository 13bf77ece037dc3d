import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { defineConfig } from '@playwright/test';
import { browserFlags, findBrowser } from '../scripts/install.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

/** A port that is free now; the workers learn it from the environment, for each of them reads this file anew. */
async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() =>
        address && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port')),
      );
    });
  });
}

process.env.HOPSCOPE_E2E_PORT ??= String(await freePort());
const port = process.env.HOPSCOPE_E2E_PORT;
// not at the root of its server: the built app works under any path
const baseURL = `http://127.0.0.1:${port}/under/any/path/`;
const browser = await findBrowser();

export default defineConfig({
  testDir: '.',
  outputDir: '../test-results',
  fullyParallel: true,
  forbidOnly: Boolean(process.env.CI),
  // a machine that is busy elsewhere may be late once; what is late twice is wrong
  retries: process.env.CI ? 1 : 0,
  workers: 2,
  timeout: 45_000,
  expect: { timeout: 10_000 },
  reporter: 'list',
  use: {
    baseURL,
    actionTimeout: 10_000,
    screenshot: 'only-on-failure',
    trace: 'off',
    launchOptions: { args: browserFlags, ...(browser ? { executablePath: browser } : {}) },
  },
  projects: [
    { name: 'desktop', grepInvert: /@phone/, use: { viewport: { width: 1440, height: 900 } } },
    { name: 'phone', grep: /@phone/, use: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true } },
  ],
  webServer: {
    command: `node scripts/serve.mjs --port ${port} --path /under/any/path/`,
    cwd: root,
    url: baseURL,
    reuseExistingServer: false,
    timeout: 30_000,
  },
});
