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
  const underlays = { 'two-subnets': 'two subnets', 'leaf-spine': 'leaf-spine', 'cloud-vpc': 'cloud VPC' };
  for (const [name, words] of Object.entries({ ...underlays, filtered: 'filtered', l2: 'L2 segment' })) {
    await app.header.underlay.selectOption(name);
    await expect(app.flip.strip).toContainText(`→ ${words}: rebuilt`);
    // the request has been sent again: what is paused is its playing
    await expect(app.flip.figure('Outcome')).toBeVisible();
    await app.playback.pause();
    await app.isConsistent();
  }
  await expect(app.stage.root).toContainText('L2 192.168.1.0/24');
});

test('the underlay’s options: a jumbo NIC, what a filter passes, a cloud’s check; told above the stage and undone there', async ({
  app,
  page,
}) => {
  await app.open();
  await app.playback.pause();
  await app.header.underlayOptions.set({ mtu: '9001, jumbo frames' });
  await expect(app.flip.title).toHaveText('L2 segment, NIC MTU 1500 → 9001: rebuilt');
  await expect(app.stage.node('worker-01')).toContainText('mtu 8951');
  await app.flip.undo();
  await expect(app.flip.title).toHaveText('L2 segment, NIC MTU 9001 → 1500: rebuilt');
  await expect(app.stage.node('worker-01')).toContainText('mtu 1450');

  await app.header.underlay.selectOption('filtered');
  await expect(app.composer.outcome).toContainText('No answer');
  await app.header.underlayOptions.open();
  expect((await new AxeBuilder({ page }).include('.dialog').analyze()).violations.map(({ id }) => id)).toEqual([]);
  await app.header.underlayOptions.allowed.fill('tcp, udp/99999');
  await app.header.underlayOptions.rebuild.click();
  await expect(app.header.underlayOptions.problem).toContainText('"udp/99999" is nothing that a network could pass');
  await app.header.underlayOptions.allowed.fill('tcp, icmp');
  await app.header.underlayOptions.pass('VXLAN of flannel').check();
  await expect(app.header.underlayOptions.allowed).toHaveValue('tcp, icmp, udp/8472');
  await app.header.underlayOptions.rebuild.click();
  await expect(app.flip.title).toHaveText('filtered, passes tcp icmp udp/53 → tcp icmp udp/8472: rebuilt');
  await expect(app.composer.outcome).toContainText('Answered');

  await app.header.underlay.selectOption('cloud-vpc');
  await expect(app.header.underlay).toHaveValue('cloud-vpc');
  await app.header.underlayOptions.set({ checks: false });
  await expect(app.flip.title).toHaveText('cloud VPC, source/destination check on → off: rebuilt');
});
