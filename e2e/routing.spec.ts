import { AxeBuilder } from '@axe-core/playwright';
import { expect, test } from './fixtures/app.ts';
import { BGP_SHOP } from './fixtures/clusters.ts';

test('the control plane of a network by BGP is shown, cut and restored', async ({ app, page }) => {
  await app.openAtStart();
  await expect(app.routing.tab).toHaveCount(0);
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
  await expect(app.routing.status).toHaveText(/^Settled/);
  await expect(app.routing.sessions).toHaveCount(ends);
});
