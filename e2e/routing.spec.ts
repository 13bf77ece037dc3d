import { AxeBuilder } from '@axe-core/playwright';
import { expect, test } from './fixtures/app.ts';
import { BGP_SHOP } from './fixtures/clusters.ts';

test('the control plane of a network by BGP is shown, cut and restored', async ({ app, page }) => {
  await app.openAtStart();
  await app.manifests.pasteOnPage(BGP_SHOP);
  await app.routing.open();
  await expect(app.routing.status).toHaveText(/^Settled .* after the start: (\d+) of \1 session ends are up\.$/);
  const ends = await app.routing.sessions.count();
  expect(ends).toBeGreaterThan(2);
  await app.routing.routes('worker-01');
  await expect(app.routing.printed).toHaveText(/via 192\.168\.1\.\d+ dev eth0 proto bird/);

  await app.routing.cut('worker-02', 'birdc down');
  await expect(app.routing.status).toHaveText(/birdc down on worker-02: the last route changed/);
  await expect(app.routing.timeline).toContainText('NOTIFICATION 6/2');
  await expect(app.routing.timeline).toContainText(/Deleted 10\.244\.\d+\.\d+\/26 via/);
  const { violations } = await new AxeBuilder({ page }).include('.routing').analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`)).toEqual(
    [],
  );

  await app.routing.restore();
  await expect(app.routing.status).toHaveText(/^BIRD is started on worker-02: the last route changed/);
  await app.routing.goTo('60');
  await expect(app.routing.sessions).toHaveCount(ends);
  await expect(app.routing.panel.getByText('Established')).toHaveCount(ends - 1);
});

test('a link that fails silently: packets are lost until the hold timer runs out, and work again afterwards', async ({
  app,
  page,
}) => {
  await app.open();
  await app.playback.pause();
  await app.header.chooseCni('Calico BGP');
  await expect(app.header.toast('Cluster rebuilt with Calico BGP')).toBeVisible();
  await app.header.underlay.selectOption('leaf-spine');
  await expect(app.header.toast(/^Cluster rebuilt/).last()).toContainText('The underlay is now: leaf-spine.');
  await app.composer.send({ from: 'deploy/default/frontend', to: 'deploy/kube-system/coredns', as: 'ping' });
  await expect(app.composer.outcome).toContainText('reply from');
  await app.playback.pause();
  const spine = await app.routing.spineOf(app.hops.root);

  await app.routing.open();
  await app.routing.cut(`t1-${spine}`, 'drops all packets silently');
  await expect(app.routing.status).toHaveText(
    new RegExp(`link t1-${spine} drops everything silently: the last route changed \\d+\\.\\d s later`),
  );
  await app.routing.goTo('1');
  await app.routing.sendThen();
  await expect(app.composer.outcome).not.toContainText('reply from');
  await app.routing.goTo('60');
  await app.routing.sendThen();
  await expect(app.composer.outcome).toContainText('reply from');
  // and back to the time in between: it is the routes of the moment that count
  await app.routing.goTo('2');
  await app.routing.sendThen();
  await expect(app.composer.outcome).not.toContainText('reply from');

  await app.routing.firstMoment();
  await app.routing.nextChange.click();
  await expect(app.routing.now).toHaveCount(1);
  await expect(page.locator('.spread')).toBeVisible();
  const { violations } = await new AxeBuilder({ page }).include('.routing').analyze();
  expect(violations.map(({ id }) => id)).toEqual([]);
});

test('flannel’s leases lead to the lines that other nodes have from them', async ({ app, page }) => {
  await app.openAtStart();
  await app.routing.open();
  await expect(app.routing.leases.getByRole('button')).toHaveCount(3);
  await expect(app.routing.leases).toContainText(/vxlan\s*\{"VNI":1,"VtepMAC":"[0-9a-f:]{17}"\}/);
  const written = app.routing.writtenFrom('worker-03');
  await app.routing.lease('worker-03').focus();
  await page.keyboard.press('Enter');
  const forwarding = written.getByRole('button', { name: /dst 192\.168\.1\.13 self permanent/ }).first();
  await expect(forwarding).toBeVisible();
  const { violations } = await new AxeBuilder({ page }).include('.routing').analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`)).toEqual(
    [],
  );

  await forwarding.focus();
  await page.keyboard.press('Enter');
  await app.dock.isOpen('bridge fdb');
  await expect(app.dock.namespace).toHaveValue('node/worker-01');
  const line = app.dock.line('asked for');
  await expect(line).toContainText('dst 192.168.1.13 self permanent');
  await expect(line).toBeInViewport();
  await expect(page.getByRole('region', { name: 'bridge fdb on node/worker-01' })).toBeFocused();

  await app.header.chooseCni('Flannel host-gw');
  await app.routing.open();
  await expect(app.routing.leases).toContainText(/host-gw\s*null/);
  await expect(app.routing.writtenFrom('worker-01').getByRole('button')).toHaveText([
    /^10\.244\.1\.0\/24 via 192\.168\.1\.11 dev eth0$/,
    /^10\.244\.1\.0\/24 via 192\.168\.1\.11 dev eth0$/,
  ]);
  await app.header.chooseCni('Cilium native routing');
  await expect(app.routing.tab).toHaveCount(0);
});
