import { serve } from '../serve.mjs';
import { countedBuild } from './countedBuild.mjs';
import { firstMove, noteFirstMove } from './movingPacket.mjs';
import { quantile } from './statistics.mjs';

const longest = 10_000;
/** It is there as long as playback plays. */
const pauseButton = 'button[aria-label="Pause"]';

/** @typedef {{ name: string, width: number, height: number, preferences?: object }} Setting */

/** @type {readonly Setting[]} */
const settings = [
  { name: '1440×900', width: 1440, height: 900 },
  { name: '1920×1080 with all tables, 4×', width: 1920, height: 1080, preferences: { level: 'kernel', speed: 4 } },
];

/**
 * Watches the sample's request play in the built app: times between frames; then once more in a build
 * that counts commits.
 * @param {import('@playwright/test').Browser} browser
 * @returns {Promise<import('../bench.mjs').Figure[]>}
 */
export async function smoothness(browser) {
  /** @type {import('../bench.mjs').Figure[]} */
  const figures = [];
  for (const setting of settings) {
    const { frames } = await play(browser, setting);
    figures.push(
      { name: `frame at ${setting.name}, p50 of ${frames.length}`, value: quantile(frames, 0.5), unit: 'ms' },
      { name: `frame at ${setting.name}, p95`, value: quantile(frames, 0.95), unit: 'ms', limit: 33 },
    );
  }
  const counted = await countedBuild();
  try {
    const [setting] = settings;
    if (!setting) throw new Error('nothing to play');
    const { frames, quiet, commits } = await play(browser, setting, counted.folder);
    if (commits === 0) throw new Error('not even the first commit was counted: the count means nothing');
    const share = (100 * (frames.length - quiet)) / frames.length;
    figures.push({ name: 'frames with a React commit', value: share, unit: '%', limit: 20 });
  } finally {
    await counted.remove();
  }
  return figures;
}

/**
 * @param {import('@playwright/test').Browser} browser
 * @param {Setting} setting
 * @param {string} [app] folder, when it is not the built app's
 */
async function play(browser, { width, height, preferences }, app) {
  const { url, close } = await serve(app === undefined ? {} : { app });
  const context = await browser.newContext({ viewport: { width, height } });
  try {
    await noteFirstMove(context);
    await context.addInitScript(
      (chosen) => localStorage.setItem('hopscope.preferences', chosen),
      JSON.stringify(preferences ?? {}),
    );
    const page = await context.newPage();
    await page.goto(url);
    await firstMove(page);
    return await page.evaluate(watchPlayback, { playing: pauseButton, longest });
  } finally {
    await context.close();
    await close();
  }
}

/**
 * Runs in the page. Counts the frames that begin and end while playback plays.
 * @param {{ playing: string, longest: number }} options
 * @returns {Promise<{ frames: number[], quiet: number, commits: number }>}
 */
function watchPlayback({ playing, longest }) {
  const count = () => Number(Reflect.get(window, 'commits') ?? 0);
  return new Promise((resolve) => {
    /** @type {number[]} */
    const frames = [];
    let quiet = 0;
    const start = performance.now();
    let before = start;
    let commits = count();
    /** @param {number} now */
    const tick = (now) => {
      const plays = document.querySelector(playing) !== null;
      if (plays) {
        frames.push(now - before);
        if (count() === commits) quiet += 1;
      }
      before = now;
      commits = count();
      if (!plays || now - start > longest) resolve({ frames, quiet, commits });
      else requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
  });
}
