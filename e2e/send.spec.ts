import { expect, test } from './fixtures/app.ts';

const WEB = 'pod/web-7b4d9f6c85-7d4c9';
const BACKEND = 'pod/backend-5c8b7d6f49-r8m7q';

test('any Pod reaches any Service and Pod, as HTTP, TCP and ping', async ({ app }) => {
  await app.openAtStart();
  const { outcome } = app.composer;

  await app.composer.send({ from: WEB, to: 'svc/backend:80', as: 'HTTP' });
  await expect(outcome).toContainText(/Answered\s*pod=backend-\S+ saw=10\.244\.1\.24:\d+/);
  expect(await app.hops.labels()).toContain('HTTP request');

  await app.composer.send({ as: 'TCP' });
  await expect(outcome).toContainText('connected to 10.96.42.10:80');
  expect(await app.hops.labels()).toEqual(['SYN', 'SYN ACK', 'ACK', 'FIN ACK', 'FIN ACK', 'ACK']);

  await app.composer.send({ to: BACKEND, as: 'ping' });
  await expect(app.composer.port).toHaveCount(0);
  await expect(outcome).toContainText('reply from 10.244.2.47 ttl=62');
  expect(await app.hops.labels()).toEqual(['echo request', 'echo reply']);
});

test('UDP goes out, and a closed port answers with ICMP', async ({ app }) => {
  await app.openAtStart();
  await app.composer.send({ from: WEB, to: BACKEND, as: 'UDP', port: '9999', payload: '100' });
  await expect(app.composer.outcome).toContainText('Refused');
  expect(await app.hops.labels()).toEqual(['UDP datagram', 'ICMP port unreachable']);
});

test('a closed TCP port is refused with RST, and says so everywhere', async ({ app }) => {
  await app.openAtStart();
  await app.composer.send({ from: WEB, to: BACKEND, as: 'TCP', port: '9999' });
  await expect(app.composer.outcome).toContainText('Connection refused');
  expect(await app.hops.labels()).toEqual(['SYN', 'RST ACK']);
  await app.playback.pause();
  await app.hops.goTo(/local process/, /NO_SOCKET/);
  await expect(app.playback.caption).toContainText(/9999/);
  await app.isConsistent();
});

test('a host outside comes in by a node port', async ({ app }) => {
  await app.openAtStart();
  await app.composer.send({ from: '192.168.1.100', to: '192.168.1.12:30080', as: 'HTTP' });
  await expect(app.composer.outcome).toContainText(/Answered\s*pod=frontend-/);
  await app.playback.pause();
  await app.hops.goTo('worker-02', /DNAT/);
  await app.dock.decides(/-j DNAT --to-destination 10\.244\.1\.23:80/);
});

test('a name is asked of CoreDNS first, through the Service of the name server', async ({ app }) => {
  await app.openAtStart();
  await app.composer.send({ from: WEB, to: 'backend:80', as: 'HTTP' });
  await expect(app.composer.outcome).toContainText(/pod=backend-/);
  const labels = await app.hops.labels();
  expect(labels[0]).toBe('DNS A backend.default.svc.cluster.local');
  expect(labels.indexOf('DNS answer')).toBeLessThan(labels.indexOf('SYN'));
  await app.playback.pause();
  await app.hops.packets.first().click();
  await app.hops.goTo(/DNAT → coredns/);
  await expect(app.playback.caption).toContainText('10.96.0.10:53');
});

test('an unknown name is not found, after every search domain was tried', async ({ app }) => {
  await app.openAtStart();
  await app.composer.send({ from: WEB, to: 'nowhere.example.com:80', as: 'HTTP' });
  await expect(app.composer.outcome).toContainText('No such name');
  await expect(app.hops.packet('nowhere.example.com.default.svc.cluster.local').first()).toBeVisible();
});

test('the endpoint that the coin shall choose can be chosen', async ({ app }) => {
  await app.openAtStart();
  await app.composer.send({ endpoint: '10.244.3.12:8080' });
  await expect(app.composer.outcome).toContainText('Answered');
  await app.playback.pause();
  await app.hops.goTo(/DNAT →/);
  await app.dock.decides('--to-destination 10.244.3.12:8080');
  await expect(app.playback.caption).toContainText('10.244.3.12:8080');
  await app.playback.toEnd();
  await expect(app.stage.node('worker-03')).not.toHaveClass(/stage-dimmed/);
  await expect(app.stage.node('worker-02')).toHaveClass(/stage-dimmed/);
});

test('what is wrong stands beneath its field, and nothing is sent', async ({ app }) => {
  await app.openAtStart();
  const before = await app.hops.labels();
  const { composer } = app;
  await composer.fill({ from: 'pod/nobody', to: BACKEND, as: 'TCP', port: '70000', payload: 'much' });
  await composer.sendButton.click();
  await expect(composer.problemOf(composer.from)).toHaveText('There is no Pod default/nobody');
  await expect(composer.problemOf(composer.port)).toHaveText('Expected a port from 1 to 65535');
  await expect(composer.problemOf(composer.payload)).toContainText('Expected a whole number');
  await expect(composer.port).toHaveAttribute('aria-invalid', 'true');
  expect(await app.hops.labels()).toEqual(before);

  await composer.fill({ from: WEB, port: '8080', payload: '0' });
  await composer.sendButton.click();
  await expect(composer.problems).toHaveCount(0);
  await expect(composer.outcome).toContainText('connected to 10.244.2.47:8080');
});

test('the fields complete what is typed, by hand and by mouse', async ({ app, page }) => {
  await app.openAtStart();
  await app.composer.to.fill('kube-dns');
  const list = page.getByRole('listbox', { name: 'To' });
  await expect(list.getByRole('option').first()).toContainText(/^kube-dns\.kube-system/);
  await list.getByRole('option', { name: 'svc/kube-system/kube-dns:53' }).click();
  await expect(app.composer.to).toHaveValue('svc/kube-system/kube-dns:53');
  await expect(list).toHaveCount(0);
});

test('what was sent last is sent again whatever the fields say now', async ({ app }) => {
  await app.openAtStart();
  await app.composer.send({ from: WEB, to: BACKEND, as: 'ping' });
  await expect(app.composer.outcome).toContainText('reply from 10.244.2.47');
  await app.playback.pause();
  await app.composer.fill({ to: 'svc/frontend:80' });
  await app.composer.repeatButton.click();
  await expect(app.playback.pauseButton).toBeVisible();
  await expect(app.composer.outcome).toContainText('reply from 10.244.2.47');
  expect(await app.hops.labels()).toEqual(['echo request', 'echo reply']);
});
