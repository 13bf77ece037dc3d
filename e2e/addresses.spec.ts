import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect, test } from './fixtures/app.ts';

/** What axe finds in the dialog; the page beneath has tests of its own. */
async function violations(page: Page): Promise<readonly string[]> {
  const axe = new AxeBuilder({ page }).include('.addresses').options({ resultTypes: ['violations'] });
  const { violations: found } = await axe.analyze();
  return found.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target.join(' ')}`));
}

test('from the Pod network to the single address with the keyboard alone, and back', async ({ app, page }) => {
  const { addresses } = app;
  await app.open();
  await addresses.open();
  await expect(addresses.path).toContainText('Pods: 15 of 65,536 in use');
  await addresses.cell(/podCIDR of worker-01: 5 of 256/).focus();
  await page.keyboard.press('ArrowRight');
  await expect(addresses.cell(/podCIDR of worker-02/)).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(addresses.path).toContainText('podCIDR of worker-02');
  await expect(addresses.cell(/^10\.244\.2\.0: flannel\.1 on worker-02/)).toBeFocused();
  await page.keyboard.press('ArrowRight');
  await expect(addresses.cell(/^10\.244\.2\.1: cni0 on worker-02/)).toBeFocused();
  await expect(addresses.cell(/^10\.244\.2\.47: Pod default\/backend-\S+ on worker-02$/)).toBeVisible();
  await expect(addresses.cell(/free, next to be handed out$/)).toHaveCount(1);
  await expect(addresses.table).toContainText('broadcast address, never handed out');
  await page.keyboard.press('Backspace');
  await expect(addresses.cell(/podCIDR of worker-02/)).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(addresses.dialog).toBeHidden();
});

test('what is looked for is found in the table and on the map', async ({ app }) => {
  const { addresses } = app;
  await app.open();
  await addresses.open();
  await addresses.filter.fill('frontend');
  await expect(addresses.table.getByRole('row')).toHaveCount(2);
  await addresses.table.getByRole('button', { name: /^10\.244\.1\./ }).click();
  await expect(addresses.path).toContainText('podCIDR of worker-01');
  await expect(addresses.cell(/Pod default\/frontend-/)).toBeFocused();
  await addresses.turnTo('Services');
  await addresses.filter.fill('default/backend');
  await addresses.table.getByRole('button').first().click();
  await expect(addresses.cell(/: Service default\/backend$/)).toBeFocused();
});

test('Pods more take addresses, and closing leads back to the button', async ({ app, page }) => {
  const { addresses, objects } = app;
  await app.open();
  await objects.open();
  await objects.replicas('frontend').fill('3');
  await page.keyboard.press('Enter');
  await expect(objects.pod(/frontend-/)).toHaveCount(3);
  await page.getByRole('button', { name: 'Addresses', exact: true }).click();
  await expect(addresses.path).toContainText('Pods: 17 of 65,536 in use');
  await page.keyboard.press('Escape');
  await expect(page.getByRole('button', { name: 'Addresses', exact: true })).toBeFocused();
});

test('a VPC subnet’s addresses stand by node and interface; one given back cools down', async ({ app, page }) => {
  const { addresses, header, objects } = app;
  await app.open();
  await header.underlay.selectOption('cloud-vpc');
  await expect(header.underlay).toHaveValue('cloud-vpc');
  await header.chooseCni('AWS VPC CNI');
  await objects.open();
  for (const replicas of ['2', '1']) {
    await objects.replicas('frontend').fill(replicas);
    await page.keyboard.press('Enter');
    await expect(objects.pod(/frontend-/)).toHaveCount(Number(replicas));
  }
  await page.getByRole('button', { name: 'Addresses', exact: true }).click();
  await expect(addresses.path).toContainText('Nodes and Pods:');
  await expect(addresses.table.getByRole('rowheader', { name: /^eth1 of worker-01.* ready/ })).toBeVisible();
  await expect(addresses.table).toContainText('eth0 on worker-01, reserved: the interface’s own address');
  await expect(addresses.cell(/: Pod default\/frontend-.*, by eth0$/)).toHaveCount(1);
  await expect(addresses.cell(/given back, cooling down, free again in \d+ s$/)).toHaveCount(1);
  await expect(addresses.cell(/ready for a Pod$/).first()).toBeVisible();
  expect(await violations(page)).toEqual([]);
});

for (const colorScheme of ['dark', 'light'] as const) {
  for (const viewport of [
    { width: 1440, height: 900 },
    { width: 390, height: 844 },
  ]) {
    test.describe(`${colorScheme}, ${viewport.width} wide`, () => {
      test.use({ colorScheme, viewport });

      test('axe finds nothing in the addresses', async ({ app, page }) => {
        await app.openAtStart();
        await app.addresses.open();
        await app.addresses.cell(/podCIDR of worker-01/).click();
        await expect(app.addresses.path).toContainText('podCIDR of worker-01');
        expect(await violations(page)).toEqual([]);
        const { scrollWidth, clientWidth } = await app.addresses.dialog.evaluate((element) => ({
          scrollWidth: element.scrollWidth,
          clientWidth: element.clientWidth,
        }));
        expect(scrollWidth).toBeLessThanOrEqual(clientWidth);
      });
    });
  }
}
