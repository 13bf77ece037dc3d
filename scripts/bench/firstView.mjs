import { readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { root } from '../install.mjs';
import { serve } from '../serve.mjs';
import { firstMove, noteFirstMove } from './movingPacket.mjs';
import { quantile } from './statistics.mjs';

const opens = 7;

/**
 * Opens the page as a stranger does, with an empty cache, and measures until the sample's first packet moves.
 * Sizes are of the files that were really asked for until then, compressed with gzip (fonts are as they are).
 * @param {import('@playwright/test').Browser} browser
 * @returns {Promise<import('../bench.mjs').Figure[]>}
 */
export async function firstView(browser) {
  /** @type {Set<string>} */
  const asked = new Set();
  const { url, close } = await serve({ onRequest: (path) => asked.add(path) });
  /** @type {number[]} */
  const times = [];
  /** @type {number[]} */
  const sizes = [];
  let fonts = 0;
  try {
    for (let open = 0; open < opens; open += 1) {
      asked.clear();
      const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
      await noteFirstMove(context);
      const page = await context.newPage();
      await page.goto(url);
      times.push(await firstMove(page));
      const files = [...asked].filter((path) => path !== '/');
      await context.close();
      sizes.push(total(files, ['.js', '.css'], (bytes) => gzipSync(bytes, { level: 9 }).length));
      fonts = Math.max(
        fonts,
        total(files, ['.woff2'], (bytes) => bytes.length),
      );
    }
  } finally {
    await close();
  }
  return [
    {
      name: 'JavaScript and CSS of the first view, worker included (gzip)',
      value: Math.max(...sizes),
      unit: 'kB',
      limit: 200,
    },
    { name: 'fonts of the first view', value: fonts, unit: 'kB', limit: 120 },
    {
      name: `navigation to first moving packet (median of ${opens})`,
      value: quantile(times, 0.5),
      unit: 'ms',
      limit: 3000,
    },
  ];
}

/**
 * @param {readonly string[]} files paths under dist/app
 * @param {readonly string[]} kinds
 * @param {(bytes: Buffer) => number} measure
 * @returns kilobytes (1,000 bytes)
 */
function total(files, kinds, measure) {
  const wanted = files.filter((path) => kinds.includes(extname(path)));
  return wanted.reduce((sum, path) => sum + measure(readFileSync(join(root, 'dist/app', path))), 0) / 1000;
}
