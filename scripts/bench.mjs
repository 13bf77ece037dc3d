// `npm run bench`: what the first view costs, how soon a packet moves, what a conversation costs, what very many
// Services cost, what another CNI costs, how smooth it plays.
// Prints one table; fails when a figure is over its limit. Needs no network and measures the production build.

import { backendFlips } from './bench/backendFlips.mjs';
import { conversationCost } from './bench/conversationCost.mjs';
import { firstView } from './bench/firstView.mjs';
import { manyServices } from './bench/manyServices.mjs';
import { smoothness } from './bench/smoothness.mjs';
import { browserFlags, ensureBrowser, ensurePackages, findBrowser, run } from './install.mjs';

/** @typedef {{ name: string, value: number, unit: string, limit?: number }} Figure */

ensurePackages();
await ensureBrowser();
if (!run(process.execPath, ['scripts/build.mjs', 'app', 'core'])) process.exit(1);

const { chromium } = await import('@playwright/test');
const executablePath = await findBrowser();
const browser = await chromium.launch({ args: browserFlags, ...(executablePath ? { executablePath } : {}) });
/** @type {Figure[]} */
const figures = [];
try {
  figures.push(...(await conversationCost()));
  figures.push(...(await manyServices()));
  figures.push(...(await backendFlips()));
  figures.push(...(await firstView(browser)));
  figures.push(...(await smoothness(browser)));
} finally {
  await browser.close();
}

const rows = figures.map(({ name, value, unit, limit }) => ({
  name,
  measured: `${Number(value.toFixed(value < 100 ? 2 : 0))} ${unit}`,
  limit: limit === undefined ? '' : `${limit} ${unit}`,
  verdict: limit === undefined ? '' : value <= limit ? 'ok' : 'OVER',
}));
const width = (/** @type {'name' | 'measured' | 'limit'} */ key) =>
  Math.max(key.length, ...rows.map((row) => row[key].length));
for (const row of [{ name: 'figure', measured: 'measured', limit: 'limit', verdict: '' }, ...rows]) {
  const { name, measured, limit, verdict } = row;
  const columns = [
    name.padEnd(width('name')),
    measured.padStart(width('measured')),
    limit.padStart(width('limit')),
    verdict,
  ];
  console.log(columns.join('  ').trimEnd());
}
process.exitCode = rows.some((row) => row.verdict === 'OVER') ? 1 : 0;
