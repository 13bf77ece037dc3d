import { serve } from '../serve.mjs';
import { firstMove, movingCapsule, noteFirstMove } from './movingPacket.mjs';
import { quantile } from './statistics.mjs';

const longest = 12_000;

/**
 * Watches the sample's request play: times between frames while a packet moves, and React's commits meanwhile. The commits
 * are counted where React reports them to its developer tools, which production builds do too.
 * @param {import('@playwright/test').Browser} browser
 * @returns {Promise<import('../bench.mjs').Figure[]>}
 */
export async function smoothness(browser) {
  const { url, close } = await serve();
  try {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
    await noteFirstMove(context);
    await context.addInitScript(() => {
      const hook = {
        commits: 0,
        supportsFiber: true,
        renderers: new Map(),
        inject: () => 1,
        onCommitFiberRoot: () => {
          hook.commits += 1;
        },
        onPostCommitFiberRoot: () => undefined,
        onCommitFiberUnmount: () => undefined,
      };
      Object.assign(window, { __REACT_DEVTOOLS_GLOBAL_HOOK__: hook });
    });
    const page = await context.newPage();
    await page.goto(url);
    await firstMove(page);
    const { frames, quiet, commits } = await page.evaluate(watchPlayback, { selector: movingCapsule, longest });
    await context.close();
    if (commits === 0) throw new Error('React reported no commit at all, not even the first: the count means nothing');
    return [
      { name: `frame while animating, p50 of ${frames.length}`, value: quantile(frames, 0.5), unit: 'ms' },
      { name: 'frame while animating, p95', value: quantile(frames, 0.95), unit: 'ms', limit: 33 },
      {
        name: 'frames with a React commit',
        value: (100 * (frames.length - quiet)) / frames.length,
        unit: '%',
        limit: 20,
      },
    ];
  } finally {
    await close();
  }
}

/**
 * Runs in the page. Counts only frames that begin and end with a packet moving.
 * @param {{ selector: string, longest: number }} options
 * @returns {Promise<{ frames: number[], quiet: number, commits: number }>}
 */
function watchPlayback({ selector, longest }) {
  const hook = Reflect.get(window, '__REACT_DEVTOOLS_GLOBAL_HOOK__');
  return new Promise((resolve) => {
    /** @type {number[]} */
    const frames = [];
    let quiet = 0;
    const start = performance.now();
    let before = start;
    let moved = false;
    let commits = hook.commits;
    let still = 0;
    /** @param {number} now */
    const tick = (now) => {
      const moves = document.querySelector(selector) !== null;
      if (moves && moved) {
        frames.push(now - before);
        if (hook.commits === commits) quiet += 1;
      }
      still = moves ? 0 : still + now - before;
      before = now;
      moved = moves;
      commits = hook.commits;
      // pauses for captions are part of playing; a long stillness is its end
      if (now - start > longest || still > 3000) resolve({ frames, quiet, commits });
      else requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
  });
}
