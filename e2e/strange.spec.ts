import { type App, expect, test } from './fixtures/app.ts';
import { LOCAL_SHOP } from './fixtures/clusters.ts';

const BACKEND = 'pod/backend-5c8b7d6f49-r8m7q';

/** A datagram that is longer than the tunnel takes, from Pods that do not know it. */
async function sendTooLong(app: App, df: 'default' | 'dont'): Promise<void> {
  await app.openAtStart();
  await app.header.setPodMtu(1500);
  await app.composer.send({ to: BACKEND, as: 'UDP', port: '9000', payload: '1472', df });
  await app.playback.pause();
}

test('a datagram is cut where the tunnel begins; its pieces travel, wait for each other and become one', async ({
  app,
  page,
}) => {
  await sendTooLong(app, 'dont');
  await app.hops.goTo('worker-01', 'flannel.1', /2 pieces/);
  await expect(app.playback.caption).toContainText('cuts it into 2 pieces of 1444 and 76 bytes');
  await expect(app.stage.capsule).toHaveAttribute('data-change', 'split');
  expect(await app.stage.pieceLabels()).toEqual(['1/2 · 1444 B', '2/2 · 76 B']);
  // each can be read: they lie beside each other
  const boxes = await Promise.all((await app.stage.pieces.all()).map((piece) => piece.boundingBox()));
  const [above, below] = boxes.toSorted((a, b) => (a?.y ?? 0) - (b?.y ?? 0));
  expect((above?.y ?? 0) + (above?.height ?? 0)).toBeLessThanOrEqual((below?.y ?? 0) + 2);

  // the second piece's own way: the first stands where the others are waited for
  await app.hops.packet(/piece/).nth(1).click();
  await app.hops.goTo('worker-02', 'prerouting', /2 → 1/);
  await expect(app.stage.capsule).toHaveAttribute('data-change', 'join');
  await expect(app.stage.pieces).toHaveCount(0);
  await expect(app.stage.label).toHaveText('10.244.2.47:9000');
  await page.keyboard.press('ArrowLeft');
  await expect(app.stage.pieces).toHaveCount(2);
  expect(await app.stage.pieceLabels()).toEqual(['1/2 · 1444 B', '2/2 · 76 B']);
});

test('an ICMP error travels back with the packet that it is about inside', async ({ app }) => {
  await sendTooLong(app, 'default');
  await expect(app.composer.outcome).toContainText('Message too long');
  await app.hops.packet('ICMP fragmentation needed').click();
  await expect(app.stage.label).toHaveText('fragmentation needed · mtu 1450');
  await expect(app.stage.quoted).toBeVisible();
  await expect(app.stage.quoted.locator('text')).toHaveText('10.244.2.47:9000');
  await expect(app.hops.root.locator('.packet-about')).toContainText('answers UDP datagram to 10.244.2.47:9000');
  expect(await app.packet.protocols()).toEqual(
    expect.arrayContaining(['ICMP', expect.stringMatching(/quoted\s+IPv4/), expect.stringMatching(/quoted\s+UDP/)]),
  );
  await app.hops.goTo('Pod frontend', 'in, 576 B');
  await expect(app.stage.label).toHaveText('fragmentation needed · mtu 1450');
});

test('a drop has the kernel’s name, an owner and a sentence that says what to do', async ({ app, page }) => {
  await sendTooLong(app, 'default');
  const box = await app.playback.root.boundingBox();
  await app.hops.goTo('worker-01', 'PKT_TOO_BIG');
  await expect(app.stage.capsule).toHaveAttribute('data-change', 'drop');
  await expect(app.stage.capsule.locator('.stage-capsule-drop text')).toHaveText('✕ PKT_TOO_BIG');
  await expect(app.playback.caption).toContainText('worker-01 drops the packet (PKT_TOO_BIG)');
  await expect(app.playback.advice).toContainText('What to do: Its sender learns 1450 bytes from the ICMP error');
  await expect(app.hops.root.getByTestId('advice')).toContainText('ip link set eth0 mtu 1450');
  await expect(app.packet.root).toContainText('SKB_DROP_REASON_PKT_TOO_BIG');
  expect(await app.playback.root.boundingBox(), 'advice shifts nothing').toEqual(box);
  await page.keyboard.press('ArrowRight');
  await expect(app.playback.advice).toHaveCount(0);
});

test('a SYN that nobody answers is sent again after a wait, which is shown for what it is', async ({ app, page }) => {
  await app.openAtStart();
  await app.manifests.pasteOnPage(LOCAL_SHOP);
  await expect(app.stage.node('node-02')).toBeVisible();
  await app.composer.send({ from: '192.168.1.100', to: 'node/node-01', as: 'TCP', port: '30080' });
  await app.playback.pause();
  await expect(app.playback.waitLabels.first()).toHaveText('1.02 s wait');
  await expect(app.playback.waitLabels.first()).toBeInViewport({ ratio: 1 });
  await expect(app.playback.waitList.first()).toHaveText('1.02 s wait before SYN, 2nd try');

  await app.playback.seekWait(0);
  await expect(app.stage.wait).toBeVisible();
  await expect(app.stage.wait).toContainText('1.02 s wait');
  await expect(app.stage.capsule.locator('.stage-capsule-drop text')).toHaveText('✕ NETFILTER_DROP');
  await expect(app.playback.advice).toContainText('The externalTrafficPolicy of default/shop is Local');
  const before = await app.playback.time.textContent();
  expect(before).toMatch(/t = .*µs/);
  await page.keyboard.press('ArrowRight');
  await expect(app.playback.time).toHaveText(/t = 1\.0\d\d s/);
  await expect(app.stage.wait).toBeHidden();
  await expect(app.playback.caption).toContainText('SYN, 2nd try');
  await expect(app.stage.capsule).toContainText('2nd try');
  await expect(app.hops.packet('2nd try').first()).toBeVisible();
});

test.describe('with little motion', () => {
  test.use({ contextOptions: { reducedMotion: 'reduce' } });

  test('pieces are apart at once and a clock’s hand stands still', async ({ app }) => {
    await sendTooLong(app, 'dont');
    await app.hops.goTo('worker-01', 'flannel.1', /2 pieces/);
    await expect(app.stage.pieces).toHaveCount(2);
    await expect(app.stage.pieces.first()).toHaveAttribute('data-moving', 'false');
    await app.composer.send({ to: '10.244.1.99', as: 'ping', df: 'default' });
    await app.playback.pause();
    await app.playback.seekWait(0);
    await expect(app.stage.wait).toBeVisible();
    await expect(app.stage.wait.locator('.stage-wait-hand')).toHaveAttribute('transform', 'rotate(90)');
  });
});
