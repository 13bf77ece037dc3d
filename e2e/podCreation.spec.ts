import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect, test } from './fixtures/app.ts';
import { ChainPage } from './fixtures/chainPage.ts';

/** What axe finds in the panel. */
async function violations(page: Page): Promise<readonly string[]> {
  const { violations: found } = await new AxeBuilder({ page }).include('.chain').analyze();
  return found.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html}`));
}

const CALLS = ['loopback ADD', 'flannel ADD', 'bridge ADD', 'host-local ADD', 'portmap ADD'];

test('a Pod’s creation is watched call by call, by keys alone', async ({ app, page }) => {
  const chain = new ChainPage(page);
  await app.openAtStart();
  await app.objects.open();
  await app.objects
    .pod(/^frontend/)
    .getByRole('button', { name: /How .* gets its network/ })
    .focus();
  await page.keyboard.press('Enter');
  await expect(chain.button('← Objects')).toBeFocused();
  await expect(chain.status).toHaveText('1 of 8: 10-flannel.conflist');
  const next = chain.button('Next');
  await next.focus();
  await page.keyboard.press('Enter');
  await expect(chain.status).toHaveText('2 of 8: containerd makes the sandbox');
  for (const [i, call] of CALLS.entries()) {
    await page.keyboard.press('Enter');
    await expect(chain.status).toHaveText(`${i + 3} of 8: ${call}`);
  }
  await page.keyboard.press('Enter');
  await expect(chain.status).toHaveText('8 of 8: The Pod has its network');
  await expect(chain.text('Result')).toContainText('"address": "10.244.1.23/24"');

  await chain.moment('bridge ADD').click();
  await expect(chain.text('Standard input')).toContainText('"isDefaultGateway": true');
  await expect(chain.changes).toContainText('default via 10.244.1.1 dev eth0');
  await chain.moment('host-local ADD').click();
  await expect(chain.changes).toContainText('/var/lib/cni/networks/cbr0/10.244.1.23');
  await chain.button('← Objects').click();
  await expect(app.objects.pod(/^frontend/)).toBeVisible();
});

test('a network configuration list that cannot be read, or names what is not there, fails as kubelet says', async ({
  app,
  page,
}) => {
  const chain = new ChainPage(page);
  await app.openAtStart();
  await app.objects.open();
  await app.objects
    .pod(/^frontend/)
    .getByRole('button', { name: /How .* gets its network/ })
    .click();
  await expect(chain.list).toHaveValue(/"cniVersion": "0.3.1"/);
  await expect(chain.said).toContainText('Kubernetes asks for plugins that speak 0.4.0 or later');
  await chain.list.fill('{"name": "cbr0"');
  await chain.button('Try it').click();
  await expect(chain.said).toContainText(
    'NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized',
  );
  await expect(chain.said).toContainText('error parsing configuration list: unexpected end of JSON input');
  await expect(chain.list).toHaveValue('{"name": "cbr0"');

  await chain.list.fill('{"name": "cbr0", "cniVersion": "1.0.0", "plugins": [{"type": "weave-net"}]}');
  await chain.button('Try it').click();
  await chain.moment('kubelet reports (failed)').click();
  await expect(chain.panel).toContainText(
    /FailedCreatePodSandBox: .*failed to find plugin "weave-net" in path \[\/opt\/cni\/bin\]/,
  );
  await chain.moment('10-flannel.conflist').click();
  await chain.button('As it is').click();
  await expect(chain.moment('portmap ADD')).toBeVisible();
  await expect(chain.list).toHaveValue(/"cniVersion": "0.3.1"/);
});

test('a list that is written on a node is what its next Pods are made by, until it is given back', async ({
  app,
  page,
}) => {
  const chain = new ChainPage(page);
  await app.openAtStart();
  await app.objects.open();
  const frontend = app.objects.pod(/^frontend/);
  await frontend.getByRole('button', { name: /How .* gets its network/ }).click();
  await expect(chain.button('10-flannel.conflist (read)')).toBeVisible();
  await chain.list.fill('{"name": "cbr0"');
  await chain.button('Write on worker-01').click();
  await expect(chain.said).toContainText('Written on worker-01');
  await expect(chain.said).toContainText('This Pod is older than the files');
  await expect(chain.list).toHaveValue('{"name": "cbr0"');
  await expect(chain.moment('portmap ADD')).toBeVisible();
  await page.getByRole('button', { name: 'Changes: 1' }).click();
  await page.getByRole('button', { name: 'Let flanneld reconcile worker-01' }).click();
  await page.keyboard.press('Escape');
  await expect(chain.list).toHaveValue(/"cniVersion": "0.3.1"/);

  await chain.list.fill('{"name": "cbr0", "cniVersion": "1.0.0", "plugins": [{"type": "macvlan"}]}');
  await chain.button('Write on worker-01').click();
  await expect(app.header.toasts.last()).toContainText('worker-01: the macvlan plugin is not simulated');
});

for (const colorScheme of ['dark', 'light'] as const) {
  test(`axe finds nothing in a Pod’s creation, ${colorScheme}`, async ({ app, page }) => {
    await page.emulateMedia({ colorScheme });
    const chain = new ChainPage(page);
    await app.openAtStart();
    await app.objects.open();
    await app.objects
      .pod(/^frontend/)
      .getByRole('button', { name: /How .* gets its network/ })
      .click();
    await expect(chain.list).toBeVisible();
    expect(await violations(page)).toEqual([]);
    await chain.moment('bridge ADD').click();
    expect(await violations(page)).toEqual([]);
  });
}
