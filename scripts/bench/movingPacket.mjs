/** The packet on the stage, while it moves. */
export const movingCapsule = '[data-testid="capsule"][data-moving="true"]';

/**
 * Makes every new document note when its first packet moved (milliseconds since navigation) in `window.firstMoveAt`, without
 * polling: the page is watched for the attribute to appear.
 * @param {import('@playwright/test').BrowserContext} context
 */
export async function noteFirstMove(context) {
  await context.addInitScript((selector) => {
    const watch = new MutationObserver(() => {
      if (!document.querySelector(selector)) return;
      watch.disconnect();
      Object.assign(window, { firstMoveAt: performance.now() });
    });
    watch.observe(document, { childList: true, subtree: true, attributes: true, attributeFilter: ['data-moving'] });
  }, movingCapsule);
}

/**
 * Waits until a packet has moved and says when it did, in milliseconds since navigation.
 * @param {import('@playwright/test').Page} page
 * @returns {Promise<number>}
 */
export async function firstMove(page) {
  const handle = await page.waitForFunction(() => Reflect.get(window, 'firstMoveAt'), undefined, { timeout: 20_000 });
  return Number(await handle.jsonValue());
}
