import { AxeBuilder } from '@axe-core/playwright';
import { expect, test } from './fixtures/app.ts';

test('a leaf-spine fabric: routers are drawn, carry the request, can be cut and asked', async ({ app, page }) => {
  await app.open();
  await app.playback.pause();
  await app.header.underlay.selectOption('leaf-spine');
  const toast = app.header.toast('Cluster rebuilt with Flannel VXLAN');
  await expect(toast).toContainText('The underlay is now: leaf-spine.');
  await expect(toast).toContainText('worker-01 10.255.101.1');
  await expect(app.composer.outcome).toContainText('Answered');
  await app.playback.pause();
  for (const name of ['t1', 't2', 's1', 's2'])
    await expect(page.locator(`[data-station="router/${name}"]`)).toHaveCount(1);
  await expect(app.stage.node('worker-01')).toContainText('10.255.101.1/31');

  await app.composer.send({ from: 'node/worker-01', to: 'node/worker-03', as: 'ping' });
  await expect(app.composer.outcome).toContainText('reply from 10.255.103.1');
  await app.playback.pause();
  await app.hops.goTo('router t1', 'route', /dev to-s[12]/);
  await app.isConsistent();
  expect((await new AxeBuilder({ page }).analyze()).violations.map(({ id }) => id)).toEqual([]);
});

test('host-gw across two subnets: the cluster says what flanneld cannot do', async ({ app }) => {
  await app.open();
  await app.playback.pause();
  await app.header.underlay.selectOption('two-subnets');
  await expect(app.header.toast(/^Cluster rebuilt/)).toContainText('worker-03 192.168.2.13');
  await app.header.chooseCni('Flannel host-gw');
  await expect(app.header.toast('Cluster rebuilt with Flannel host-gw')).toContainText(
    'cannot add its routes to worker-03: network is unreachable',
  );
  await expect(app.header.underlay).toHaveValue('two-subnets');
});

test('every underlay carries the request or says where it is lost, and goes back to one segment', async ({ app }) => {
  await app.open();
  await app.playback.pause();
  for (const name of ['two-subnets', 'leaf-spine', 'cloud-vpc', 'filtered', 'l2']) {
    await app.header.underlay.selectOption(name);
    await expect(app.header.underlay).toHaveValue(name);
    await app.playback.pause();
    await app.isConsistent();
  }
  await expect(app.stage.root).toContainText('L2 192.168.1.0/24');
});
