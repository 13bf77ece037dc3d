import AxeBuilder from '@axe-core/playwright';
import { expect, test } from '@playwright/test';
import { Lab } from './fixtures/lab.ts';

test('opens on a request that plays by itself and is answered', async ({ page }) => {
  const lab = new Lab(page);
  await lab.open();
  const capsule = page.getByTestId('capsule');
  const place = await capsule.boundingBox();
  await expect.poll(async () => (await capsule.boundingBox())?.y).not.toBe(place?.y);
  await expect(lab.caption).not.toBeEmpty();
  await expect(lab.outcome).toContainText('pod=backend-');
  expect(lab.complaints).toEqual([]);
});

test('a step shows the rule that decided, the rewritten packet and the entry in conntrack', async ({ page }) => {
  const lab = new Lab(page);
  await lab.open();
  await lab.rewind();
  await lab.stepTo(/10\.96\.42\.10:80 becomes .*10\.244\.2\.47:8080/);
  const stack = page.getByTestId('packet-stack');
  await expect(stack).toContainText('10.96.42.10');
  await expect(stack).toContainText('10.244.2.47');
  await lab.openDock('iptables-save');
  await expect(lab.decidingLine.first()).toContainText('10.244.2.47:8080');
  await lab.position.press('End');
  await lab.openDock('conntrack');
  await page.getByRole('combobox', { name: 'Whose tables' }).selectOption({ label: 'worker-01' });
  await expect(lab.lines).toContainText('dst=10.96.42.10');
  expect(lab.complaints).toEqual([]);
});

test('host-gw takes the tunnel away, and the same request goes on without it', async ({ page }) => {
  const lab = new Lab(page);
  await lab.open();
  await expect(lab.stage).toContainText('flannel.1');
  await page.getByRole('radio', { name: 'Flannel host-gw' }).check({ force: true });
  await expect(page.getByRole('region', { name: /Notifications/ })).toContainText('Pods were recreated');
  await expect(lab.stage).not.toContainText('flannel.1');
  await expect(lab.outcome).toContainText('Answered');
  await page.getByRole('radio', { name: 'Flannel VXLAN' }).check({ force: true });
  await expect(lab.stage).toContainText('flannel.1');
  expect(lab.complaints).toEqual([]);
});

test('a closed port is refused, a name is asked of CoreDNS first, an outside host comes in by the node port', async ({
  page,
}) => {
  const lab = new Lab(page);
  await lab.open();
  await lab.send('deploy/default/frontend', '10.244.2.47:9');
  await expect(lab.outcome).toContainText('Refused');
  await lab.send('deploy/default/frontend', 'backend:80');
  await expect(lab.outcome).toContainText('Answered');
  await expect(lab.hops).toContainText('DNS');
  await lab.send('192.168.1.100', 'node/worker-02:30080');
  await expect(lab.outcome).toContainText('pod=frontend-');
  expect(lab.complaints).toEqual([]);
});

const MANIFEST = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: shop}
spec:
  replicas: 2
  selector: {matchLabels: {app: shop}}
  template:
    metadata: {labels: {app: shop}}
    spec: {containers: [{name: shop, image: shop, ports: [{containerPort: 8080}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: shop}
spec: {selector: {app: shop}, ports: [{port: 80, targetPort: 8080}]}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: shop}
`;

test('pasted manifests become a cluster in which the same can be done', async ({ page }) => {
  const lab = new Lab(page);
  await lab.open();
  await lab.applyManifest(MANIFEST);
  await expect(lab.stage).toContainText('shop-');
  await expect(page.getByRole('region', { name: 'Ignored objects' })).toContainText('Ingress');
  await lab.send('deploy/default/shop', 'svc/default/shop:80');
  await expect(lab.outcome).toContainText('pod=shop-');
  await lab.openDock('Manifests');
  await page.getByRole('button', { name: 'Back to the sample' }).click();
  await expect(lab.stage).toContainText('worker-01');
  expect(lab.complaints).toEqual([]);
});

test('a bad manifest is refused whole, with its line and the API server’s reason', async ({ page }) => {
  const lab = new Lab(page);
  await lab.open();
  const before = await lab.stage.textContent();
  await lab.applyManifest(MANIFEST.replace('port: 80,', 'port: 80000,'));
  const problems = page.getByRole('alert', { name: 'Problems' });
  await expect(problems).toContainText('spec.ports[0].port');
  await expect(problems).toContainText('must be between 1 and 65535');
  expect(await lab.stage.textContent()).toContain((before ?? '').slice(0, 40));
  await expect(lab.stage).not.toContainText('shop-');
  expect(lab.complaints).toEqual([]);
});

test('everything can be done from the keyboard', async ({ page }) => {
  const lab = new Lab(page);
  await lab.open();
  await page.keyboard.press('Space');
  const stopped = await lab.position.getAttribute('aria-valuetext');
  await page.keyboard.press('ArrowRight');
  await expect(lab.position).not.toHaveAttribute('aria-valuetext', stopped ?? '');
  await page.keyboard.press('Home');
  await page.keyboard.press('Shift+ArrowRight');
  await expect(lab.caption).toContainText('worker-01');
  await page.keyboard.press('End');
  await expect(lab.caption).toContainText('backend-');
  const from = page.getByRole('combobox', { name: 'From', exact: true });
  await from.focus();
  await from.fill('node/worker-03');
  await from.press('Enter');
  await page.getByRole('button', { name: /^Send/ }).focus();
  await page.keyboard.press('Enter');
  await expect(lab.outcome).toContainText('saw=10.244.3.');
});

for (const colorScheme of ['dark', 'light'] as const) {
  test(`axe finds nothing in the ${colorScheme} theme`, async ({ browser, baseURL }) => {
    const context = await browser.newContext({
      colorScheme,
      viewport: { width: 1440, height: 900 },
      ...(baseURL && { baseURL }),
    });
    const page = await context.newPage();
    const lab = new Lab(page);
    await lab.open();
    await lab.rewind();
    expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
    await lab.openDock('Manifests');
    await expect(page.getByTestId('manifest-editor').getByRole('textbox')).toBeVisible();
    expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
    await context.close();
  });
}

test('on a phone the stage and the hop list stack @phone', async ({ page }) => {
  const lab = new Lab(page);
  await page.goto('./');
  await expect(page.locator('[data-testid="capsule"]')).toBeAttached();
  await expect(lab.stage).toBeVisible();
  const [stage, hops] = [await lab.stage.boundingBox(), await lab.hops.boundingBox()];
  expect(hops?.y).toBeGreaterThan((stage?.y ?? 0) + (stage?.height ?? 0) - 1);
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true);
});
