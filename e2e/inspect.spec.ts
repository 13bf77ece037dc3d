import { expect, test } from './fixtures/app.ts';

test('a station on the stage opens the table on the line that decided', async ({ app }) => {
  await app.openAtStart();
  await app.stage.station('worker-01', 'worker-01, route').click();
  await app.dock.isOpen('ip route');
  await app.dock.decides('10.244.2.0/24 via 10.244.2.0 dev flannel.1 onlink');
  await app.stage.station('worker-01', /DNAT → backend/).click();
  await app.dock.isOpen('iptables-save');
  await app.dock.decides(/-A KUBE-SEP-\S+ .*-j DNAT --to-destination 10\.244\.2\.47:8080/);
  await app.isConsistent();
});

test('the rule of the DNAT is lit among those that were met, and can be seen among all', async ({ app }) => {
  await app.openAtStart();
  await app.hops.goTo('worker-01', /DNAT → backend/);
  await app.dock.isOpen('iptables-save');
  await app.dock.decides(/-A KUBE-SEP-\S+ .*-m tcp -j DNAT --to-destination 10\.244\.2\.47:8080/);
  await expect(app.dock.lines.filter({ hasText: '-j KUBE-SERVICES' }).first()).toHaveAttribute('data-lit', 'pass');
  const met = await app.dock.lines.count();
  await app.dock.metOnly.click();
  await expect(app.dock.metOnly).toHaveAttribute('aria-pressed', 'false');
  await expect.poll(() => app.dock.lines.count()).toBeGreaterThan(met);
  await app.dock.decides('-j DNAT');
  await app.dock.filter.fill('KUBE-MARK-MASQ');
  await expect(app.dock.lines.first()).toContainText('KUBE-MARK-MASQ');
  await app.dock.filter.fill('no such line anywhere');
  await expect(app.dock.panel).toContainText('No line of');
});

test('a route, a neighbour and an FDB entry are lit in what ip and bridge print', async ({ app }) => {
  await app.openAtStart();
  const { hops, dock } = app;
  await hops.goTo('worker-01', 'route', /flannel\.1/);
  await dock.isOpen('ip route');
  await dock.decides('10.244.2.0/24 via 10.244.2.0 dev flannel.1 onlink');

  await hops.goTo('worker-01', /\+50 B/);
  await hops.goToStep(/^neigh 10\.244\.2\.0/);
  await dock.isOpen('ip neigh');
  await dock.decides('10.244.2.0 dev flannel.1 lladdr 5e:1b:0c:7a:22:9f');

  await hops.goToStep(/^encap /);
  await dock.isOpen('bridge fdb');
  await dock.decides('5e:1b:0c:7a:22:9f dev flannel.1 dst 192.168.1.12');
});

test('conntrack is shown as it was at the step: empty before, the connection after', async ({ app }) => {
  await app.openAtStart();
  await app.dock.open('conntrack');
  await app.dock.namespace.selectOption({ label: 'worker-01' });
  await expect(app.dock.panel).toContainText('the table is empty');
  await app.hops.goTo('worker-01', /DNAT → backend/);
  await app.dock.open('conntrack');
  await app.dock.namespace.selectOption({ label: 'worker-01' });
  await app.playback.toEnd();
  const entry = app.dock.lines.first();
  await expect(entry).toContainText('src=10.244.1.23 dst=10.96.42.10');
  await expect(entry).toContainText('src=10.244.2.47 dst=10.244.1.23');
  await expect(entry).toContainText('TIME_WAIT');
});

test('the packet says what it was and what it is, and names the bytes of every field', async ({ app }) => {
  await app.openAtStart();
  const { packet } = app;
  await app.hops.goTo('worker-01', /DNAT → backend/);
  await app.hops.goToStep(/^dnat /);
  await expect(packet.header('IPv4').locator('.layer-head del')).toHaveText('10.96.42.10');
  await expect(packet.header('IPv4').locator('.layer-head ins')).toHaveText('10.244.2.47');
  await expect(packet.header('TCP').locator('.layer-head del')).toHaveText('80');
  await expect(packet.header('TCP').locator('.layer-head ins')).toHaveText('8080');

  const ip = await packet.unfold('IPv4');
  await packet.field(ip, 'Destination').hover();
  expect(await packet.litBytes()).toBe('0a f4 02 2f');
  await expect(packet.hexName).toContainText('10.244.2.47');
  await app.playback.caption.hover();
  await expect(packet.hex.locator('[data-pointed="true"]')).toHaveCount(0);

  await packet.hex.locator('.hex-run').filter({ hasText: '02 2f' }).hover();
  await expect(packet.field(ip, 'Destination')).toHaveAttribute('data-pointed', 'true');
  // the arrow keys walk on from there
  await packet.hex.focus();
  await app.page.keyboard.press('ArrowRight');
  await app.page.keyboard.press('ArrowRight');
  await expect(packet.hexName).toHaveText('TCP · Destination port 8080');
});

test('in the tunnel every header stands in order, and the MTU ruler adds up', async ({ app }) => {
  await app.openAtStart();
  const { packet } = app;
  expect(await packet.protocols()).toEqual(['IPv4', 'TCP']);
  await expect(packet.ruler).toContainText('60 / 1450 · 1390 B free');
  await app.hops.goTo('worker-01', /\+50 B/);
  await expect(packet.ruler).toContainText('tunnel 50');
  await expect(packet.ruler).toContainText('inner packet 60');
  expect(await packet.protocols()).toEqual(['IPv4', 'UDP', 'VXLAN', 'Ethernet', 'IPv4', 'TCP']);
  await app.hops.goTo('worker-01', 'eth0', /out, 110 B/);
  await expect(packet.ruler).toContainText('on eth0');
  await expect(packet.ruler).toContainText('110 / 1500 · 1390 B free');
  expect(await packet.protocols()).toEqual(['Ethernet', 'IPv4', 'UDP', 'VXLAN', 'Ethernet', 'IPv4', 'TCP']);
});

test('any node’s and Pod’s tables can be read', async ({ app }) => {
  await app.openAtStart();
  const { dock } = app;
  await dock.namespace.selectOption({ label: 'worker-03' });
  await dock.open('ip addr');
  await expect(dock.lines.filter({ hasText: 'inet 10.244.3.1/24' })).toHaveCount(1);
  await dock.namespace.selectOption({ label: 'frontend-6d9f8c7b54-x2k9p' });
  await dock.open('ip route');
  await expect(dock.lines.first()).toContainText('default via 10.244.1.1 dev eth0');
  await expect(dock.lines).toHaveCount(3);
  await app.stage
    .node('worker-02')
    .getByRole('button', { name: /^Node worker-02/ })
    .click();
  await expect(dock.lines.filter({ hasText: '10.244.2.0/24 dev cni0' })).toHaveCount(1);
});

test('the three levels of detail are one drawing with more or less in it', async ({ app }) => {
  await app.openAtStart();
  const { stage, header } = app;
  await expect(stage.node('worker-01')).toContainText('cni0');
  await header.chooseDetail('Kernel');
  await expect(stage.root).toHaveAttribute('data-level', 'kernel');
  await expect(stage.node('worker-01')).toContainText('nat PREROUTING');
  await header.chooseDetail('Cluster');
  await expect(stage.root).toHaveAttribute('data-level', 'cluster');
  await expect(stage.node('worker-01')).not.toContainText('br_netfilter');
  await expect(stage.node('worker-01')).toContainText('10.244.1.23');
  await expect(stage.capsule).toBeVisible();
});
