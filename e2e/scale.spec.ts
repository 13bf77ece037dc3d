import type { Page } from '@playwright/test';
import { expect, test } from './fixtures/app.ts';
import { clusterOf } from './fixtures/clusters.ts';
import { hasFocus } from './fixtures/overlay.ts';

/** Words of the stage that lie over each other, or stick out of their node. */
async function clashes(page: Page): Promise<readonly string[]> {
  return page.evaluate(() => {
    const found: string[] = [];
    const stage = document.querySelector('[data-testid="stage"] svg.stage-drawing');
    const texts = [...(stage?.querySelectorAll<SVGTextElement>('text') ?? [])].filter(
      (text) => text.textContent?.trim() && !text.closest('.stage-capsules') && text.checkVisibility(),
    );
    const boxes = texts.map((text) => ({ text, box: text.getBoundingClientRect() }));
    boxes.forEach(({ text, box }, i) => {
      for (const other of boxes.slice(i + 1)) {
        const wide = Math.min(box.right, other.box.right) - Math.max(box.left, other.box.left);
        const high = Math.min(box.bottom, other.box.bottom) - Math.max(box.top, other.box.top);
        // line boxes are higher than what is written in them
        if (wide > 1.5 && high > Math.min(box.height, other.box.height) * 0.4)
          found.push(`${text.textContent} over ${other.text.textContent}`);
      }
    });
    for (const column of stage?.querySelectorAll('.stage-column') ?? []) {
      const node = column.querySelector('.stage-hit')?.getBoundingClientRect();
      for (const text of column.querySelectorAll('text')) {
        const box = text.getBoundingClientRect();
        if (node && (box.left < node.left - 6 || box.right > node.right + 6))
          found.push(`${text.textContent} sticks out of ${column.getAttribute('data-node')}`);
      }
    }
    return found;
  });
}

const LEVELS = ['Cluster', 'Plumbing', 'Kernel'] as const;

test('the sample’s words clash nowhere at any level, before, amid and after a request', async ({ app, page }) => {
  await app.openAtStart();
  for (const level of LEVELS) {
    await app.header.chooseDetail(level);
    expect(await clashes(page), `${level} at the start`).toEqual([]);
    await app.hops.goTo('worker-01', /DNAT → backend/);
    expect(await clashes(page), `${level} at the DNAT`).toEqual([]);
    await app.playback.toEnd();
    expect(await clashes(page), `${level} at the end`).toEqual([]);
    await app.playback.scrubber.press('Home');
    await app.playback.isAtStep(1);
  }
});

for (const { title, ...scale } of [
  { title: 'one node', nodes: 1, replicas: 3 },
  { title: '12 nodes', nodes: 12, replicas: 12 },
  { title: '60 nodes', nodes: 60, replicas: 60 },
  { title: '40 Pods on a node', nodes: 3, replicas: 40, together: true },
  { title: 'names of 63 characters', nodes: 3, replicas: 3, nameLength: 63 },
]) {
  test(`${title}: the stage stays readable and a request can be followed`, async ({ app, page }) => {
    await app.openAtStart();
    await app.manifests.pasteOnPage(clusterOf(scale));
    await expect(app.header.toast('Manifests loaded')).toContainText(`${scale.nodes} node`);
    await expect(app.stage.drawing).toHaveAttribute(
      'aria-label',
      `Cluster of ${scale.nodes} node${scale.nodes === 1 ? '' : 's'}`,
    );
    await app.composer.send();
    await expect(app.composer.outcome).toContainText('Answered');
    await app.playback.pause();
    for (const level of LEVELS) {
      await app.header.chooseDetail(level);
      await app.hops.goTo(/DNAT → /);
      expect(await clashes(page), `${level} at the DNAT`).toEqual([]);
      await expect(app.stage.capsule).toBeInViewport();
    }
    // the words of the other modes have their room, old rules, stopped proxies and Pods that are not ready included
    await app.header.oldRules.click();
    await page.getByRole('menuitemcheckbox', { name: /^Leave the old mode/ }).click();
    await hasFocus(page.getByRole('menu'));
    await page.keyboard.press('Escape');
    await app.objects.open();
    await app.objects.panel
      .getByRole('button', { name: /^Stop kube-proxy/ })
      .first()
      .click();
    await app.objects.panel
      .getByRole('button', { name: /^Fail the readiness probe/ })
      .first()
      .click();
    await expect(app.stage.root).toContainText('stopped');
    for (const mode of ['nftables', 'IPVS'] as const) {
      await app.header.chooseProxy(mode);
      if (scale.nodes > 1) await expect(app.stage.root).toContainText(mode);
      for (const level of LEVELS) {
        await app.header.chooseDetail(level);
        expect(await clashes(page), `${level} in ${mode} mode`).toEqual([]);
      }
    }
    await app.isConsistent();
    // what is not on the path waits in sight or can be chosen
    const drawn = (await app.stage.columns.count()) + (await app.stage.tiles.count());
    const folded = page.getByRole('combobox', { name: 'Show a node' });
    if (drawn < scale.nodes) expect(await folded.locator('option').count()).toBe(scale.nodes + 1);
    else expect(drawn).toBe(scale.nodes);
  });
}

test('a node that waits is chosen and drawn', async ({ app, page }) => {
  await app.openAtStart();
  await app.manifests.pasteOnPage(clusterOf({ nodes: 60, replicas: 3 }));
  await expect(app.stage.drawing).toHaveAttribute('aria-label', 'Cluster of 60 nodes');
  await expect(app.stage.node('node-40')).toHaveCount(0);
  await page.getByRole('combobox', { name: 'Show a node' }).selectOption({ label: 'node-40' });
  await expect(app.stage.node('node-40')).toBeVisible();
  const tile = app.stage.tiles.first();
  const name = ((await tile.getAttribute('aria-label')) ?? '').replace('Show node ', '');
  await tile.click();
  await expect(app.stage.node(name)).toBeVisible();
  expect(await clashes(page)).toEqual([]);
});

test('a name of 63 characters is cut in the middle, whole on hover and when copied', async ({ app, page }) => {
  await app.openAtStart();
  await app.manifests.pasteOnPage(clusterOf({ nodes: 2, replicas: 2, nameLength: 63 }));
  await expect(app.stage.drawing).toHaveAttribute('aria-label', 'Cluster of 2 nodes');
  const name = app.stage.columns.first().locator('text[data-whole]').first();
  const whole = (await name.getAttribute('data-whole')) ?? '';
  expect(whole).toHaveLength(63);
  await expect(name.locator('title')).toHaveText(whole);
  const shown = await name.evaluate(
    (text) => [...text.childNodes].find((node) => node.nodeType === 3)?.textContent ?? '',
  );
  expect(shown).toMatch(/^node-\S*…\S+$/);
  expect(shown.length).toBeLessThan(63);
  const copied = await page.evaluate(() => {
    const stage = document.querySelector('[data-testid="stage"]');
    if (!stage) return '';
    document.getSelection()?.selectAllChildren(stage);
    const event = new ClipboardEvent('copy', { clipboardData: new DataTransfer(), bubbles: true, cancelable: true });
    stage.dispatchEvent(event);
    return event.clipboardData?.getData('text/plain') ?? '';
  });
  expect(copied).toContain(whole);
});
