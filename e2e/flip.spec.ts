import { expect, test } from './fixtures/app.ts';

test('host-gw takes the tunnel away, says what was rebuilt, and the same request goes on; and back', async ({
  app,
}) => {
  await app.open();
  await app.playback.pause();
  await expect(app.stage.node('worker-01')).toContainText('flannel.1');

  await app.header.chooseCni('Flannel host-gw');
  const toast = app.header.toast('Cluster rebuilt with Flannel host-gw');
  await expect(toast).toContainText('6 Pods were recreated, Pod MTU 1500 instead of 1450');
  await expect(app.stage.root).not.toContainText('flannel.1');
  await expect(app.header.podMtu).toHaveAttribute('placeholder', '1500');
  // the request is sent again by itself
  await expect(app.composer.outcome).toContainText('Answered');
  await app.playback.pause();
  await app.hops.goTo('worker-01', 'route', /dev eth0/);
  await app.dock.decides('10.244.2.0/24 via 192.168.1.12 dev eth0');
  await app.hops.goTo('worker-01', 'eth0', /out/);
  await expect(app.packet.ruler).toContainText('60 / 1500');
  expect(await app.packet.protocols()).toEqual(['Ethernet', 'IPv4', 'TCP']);

  await app.header.chooseCni('Flannel VXLAN');
  await expect(app.header.toast('Cluster rebuilt with Flannel VXLAN')).toContainText('Pod MTU 1450 instead of 1500');
  await expect(app.stage.node('worker-01')).toContainText('flannel.1');
  await expect(app.header.podMtu).toHaveAttribute('placeholder', '1450');
  await app.playback.pause();
  await expect(app.hops.stops.filter({ hasText: '+50 B' })).toHaveCount(1);
  await app.isConsistent();
});

test('another Pod MTU rebuilds the Pods, and big packets are cut to it', async ({ app, page }) => {
  await app.openAtStart();
  await app.header.podMtu.fill('1280');
  await page.keyboard.press('Enter');
  await expect(app.header.toast('Cluster rebuilt')).toContainText('Pod MTU 1280 instead of 1450');
  await expect(app.composer.outcome).toContainText('Answered');
  await app.playback.pause();
  await expect(app.packet.ruler).toContainText('/ 1280');

  await app.composer.send({ to: 'pod/backend-5c8b7d6f49-r8m7q', as: 'ping', payload: '1400' });
  await expect(app.composer.outcome).toContainText('reply from 10.244.2.47');
  expect((await app.hops.packets.allInnerTexts()).some((text) => text.includes('piece'))).toBe(true);

  await app.header.podMtuAuto.click();
  await expect(app.header.toast('Cluster rebuilt')).toContainText('Pod MTU 1450 instead of 1280');
  await expect(app.header.podMtu).toHaveAttribute('placeholder', '1450');
});

test('an MTU that no link has is refused beneath its field', async ({ app, page }) => {
  await app.openAtStart();
  await app.header.podMtu.fill('12');
  await page.keyboard.press('Enter');
  await expect(app.header.root.getByRole('alert')).toHaveText('Expected 68 to 65535 bytes, or nothing for auto');
  await expect(app.header.podMtu).toHaveAttribute('aria-invalid', 'true');
  await expect(app.header.toasts).toHaveCount(0);
  await app.header.podMtu.fill('');
  await page.keyboard.press('Enter');
  await expect(app.header.root.getByRole('alert')).toHaveCount(0);
});
