import { AxeBuilder } from '@axe-core/playwright';
import { expect, test } from './fixtures/app.ts';
import { TerminalPage } from './fixtures/terminalPage.ts';

const WORKER = 'node/worker-01';
const ROUTE = '10.244.2.0/24';

test('a route is deleted by completion, what it broke is seen, and undoing it mends that', async ({ app, page }) => {
  const terminal = new TerminalPage(page);
  await app.openAtStart();
  await terminal.open(WORKER);
  await terminal.input.pressSequentially('ip ro');
  await terminal.input.press('Tab');
  await expect(terminal.input).toHaveValue('ip route ');
  await terminal.input.pressSequentially('del 10.');
  await terminal.input.press('Tab');
  await expect(terminal.input).toHaveValue('ip route del 10.244.');
  await terminal.input.press('ArrowDown');
  await terminal.input.press('ArrowDown');
  await expect(terminal.candidates.getByRole('option', { selected: true })).toHaveText(ROUTE);
  await terminal.input.press('Enter');
  await expect(terminal.input).toHaveValue(`ip route del ${ROUTE} `);
  const places = () => Promise.all([app.header.root, app.stage.root, app.dock.root].map((each) => each.boundingBox()));
  const before = await places();
  await terminal.input.press('Enter');

  // marked wherever the table is to be seen; what is gone has no line to mark
  await terminal.hasChanged(1);
  await expect(
    app.stage.node('worker-01').getByRole('button', { name: /^Node worker-01,.*, 1 change$/ }),
  ).toBeVisible();
  await expect(app.stage.node('worker-01').locator('.stage-edited')).toBeVisible();
  expect(await places()).toEqual(before);
  await expect(app.dock.root.getByRole('tab', { name: 'ip route' })).toHaveAccessibleDescription(
    'changed here by your commands',
  );
  await app.dock.open('ip route');
  await expect(app.dock.lines.first()).toBeVisible();
  await expect(app.dock.lines.filter({ hasText: ROUTE })).toHaveCount(0);

  await app.composer.send();
  await expect(app.composer.outcome).toContainText('No answer');
  await app.playback.pause();
  // the default route takes it, to a gateway that knows nothing of Pods
  await app.hops.goTo('worker-01', /route/, 'dev eth0');
  await expect(app.hops.root).not.toContainText('flannel.1');

  await terminal.openChanges();
  await terminal.undo(`ip route del ${ROUTE}`);
  await terminal.closeChanges();
  await terminal.hasChanged(0);
  await expect(app.stage.root.locator('.stage-edited')).toHaveCount(0);
  await expect(app.dock.lines.filter({ hasText: ROUTE })).toHaveCount(1);
  await app.composer.send();
  await expect(app.composer.outcome).toContainText('Answered');
  await app.isConsistent();
});

test("a refused line shows the tool's own words and changes nothing", async ({ app, page }) => {
  const terminal = new TerminalPage(page);
  await app.openAtStart();
  await terminal.open(WORKER);
  for (const [line, words, code] of [
    [`ip route add ${ROUTE} via 192.168.1.12`, 'RTNETLINK answers: File exists', 2],
    ['ip link set dev x up', 'Cannot find device "x"', 1],
    ['frob', 'bash: frob: command not found', 127],
  ] as const) {
    await terminal.input.press('Control+l');
    await expect(terminal.lines).toHaveCount(0);
    await terminal.run(line);
    await expect(terminal.errors).toHaveText(`${words}stderr`);
    await expect(terminal.log).toContainText(`exit code ${code}`);
  }
  await terminal.hasChanged(0);
  await expect(app.header.toasts).toHaveCount(0);
});

test('what a command wrote is marked in its table, and what was learned is shown and forgotten', async ({
  app,
  page,
}) => {
  const terminal = new TerminalPage(page);
  await app.openAtStart();
  await terminal.open(WORKER);
  await terminal.run('sysctl -w net.bridge.bridge-nf-call-iptables=0');
  await expect(terminal.log).toContainText('net.bridge.bridge-nf-call-iptables = 0');
  await terminal.run('conntrack -L');
  await expect(terminal.log).toContainText(/flow entries have been shown\.stderr/);
  await expect(terminal.errors).toHaveCount(0);
  await terminal.run('iptables -I FORWARD -p tcp --dport 8080 -j DROP');
  await terminal.hasChanged(2);
  await app.dock.open('iptables-save');
  await app.dock.filter.fill('--dport 8080 -j DROP');
  await expect(app.dock.lines).toHaveCount(1);
  await expect(app.dock.lines).toContainText('edited');
  await app.dock.filter.fill('-j KUBE-FORWARD');
  await expect(app.dock.lines.filter({ hasText: '-A FORWARD' })).toHaveCount(1);
  await expect(app.dock.lines.filter({ hasText: 'edited' })).toHaveCount(0);
  await app.composer.send();
  await expect(app.composer.outcome).toContainText('No answer');
});

test('the agent writes its entries again, and what nobody owns stays', async ({ app, page }) => {
  const terminal = new TerminalPage(page);
  await app.openAtStart();
  await terminal.open(WORKER);
  await terminal.run(`ip route del ${ROUTE}`);
  await terminal.run('ip route add 10.9.0.0/24 via 192.168.1.12');
  await terminal.openChanges();
  await terminal.changes.getByRole('button', { name: 'Let flanneld reconcile worker-01' }).click();
  await expect(terminal.changes.getByRole('listitem')).toHaveCount(1);
  await expect(terminal.changes.getByRole('listitem')).toHaveText(/ip route add 10\.9\.0\.0\/24/);
  await terminal.changes.getByRole('button', { name: 'Undo all' }).click();
  await expect(terminal.changes).toContainText('Nothing is changed');
  await terminal.closeChanges();
  await terminal.run('ip route');
  await expect(terminal.log).toContainText(`${ROUTE} via`);
  await expect(terminal.log).not.toContainText(/\n10\.9\.0\.0/);
});

test('a rebuild takes all changes with it and says so; what was typed is still there', async ({ app, page }) => {
  const terminal = new TerminalPage(page);
  await app.openAtStart();
  await terminal.open(WORKER);
  await terminal.run(`ip route del ${ROUTE}`);
  await app.dock.open('ip route');
  await app.header.chooseCni('Flannel host-gw');
  await terminal.hasChanged(0);
  await terminal.open(WORKER);
  await expect(terminal.log).toContainText('The cluster was rebuilt: what was changed before is gone.');
  await terminal.input.press('ArrowUp');
  await terminal.input.press('ArrowUp');
  await expect(terminal.input).toHaveValue(`ip route del ${ROUTE}`);
});

test('all of it goes by keys: T opens, Escape and Tab leave, changes are undone', async ({ app, page }) => {
  const terminal = new TerminalPage(page);
  await app.openAtStart();
  await page.keyboard.press('t');
  await expect(terminal.input).toBeFocused();
  // letters are letters here
  await page.keyboard.type('ip link set dev eth0 mtu 1400');
  await expect(terminal.input).toHaveValue('ip link set dev eth0 mtu 1400');
  await page.keyboard.press('Tab');
  await expect(terminal.input).toBeFocused();
  await page.keyboard.press('Enter');
  await terminal.hasChanged(1);
  await page.keyboard.press('ArrowUp');
  await expect(terminal.input).toHaveValue('ip link set dev eth0 mtu 1400');
  await page.keyboard.press('Control+c');
  await expect(terminal.input).toHaveValue('');
  await expect(terminal.log).toContainText('^C');
  await page.keyboard.press('Control+l');
  await expect(terminal.lines).toHaveCount(0);
  await page.keyboard.type('ip ');
  await page.keyboard.press('Tab');
  await expect(terminal.candidates).toBeVisible();
  await page.keyboard.press('Escape');
  await page.keyboard.press('Tab');
  await expect(terminal.input).not.toBeFocused();

  await terminal.changesButton.focus();
  await page.keyboard.press('Enter');
  await expect(terminal.changes.locator(':focus')).toHaveCount(1);
  await terminal.changes.getByRole('button', { name: /^Undo ip link/ }).focus();
  await page.keyboard.press('Enter');
  await expect(terminal.changes).toContainText('Nothing is changed');
  await expect(page.locator(':focus')).toHaveCount(1);
  await page.keyboard.press('Escape');
  await expect(terminal.changes).toHaveCount(0);
  await expect(app.dock.root.getByRole('tab', { selected: true })).toBeFocused();
});

for (const colorScheme of ['dark', 'light'] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme });

    test('axe finds nothing at the command line, in its completions and among the changes', async ({ app, page }) => {
      const terminal = new TerminalPage(page);
      const violations = async (): Promise<readonly string[]> => {
        await page.evaluate(() => Promise.allSettled(document.getAnimations().map(({ finished }) => finished)));
        const { violations: found } = await new AxeBuilder({ page }).options({ resultTypes: ['violations'] }).analyze();
        return found.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.failureSummary} ${node.html}`));
      };
      await app.openAtStart();
      await terminal.open(WORKER);
      expect(await violations()).toEqual([]);
      await terminal.run('ip link set dev x up');
      await terminal.run('conntrack -L');
      await terminal.run(`ip route del ${ROUTE}`);
      await terminal.input.fill('ip ');
      await terminal.input.press('Tab');
      await expect(terminal.candidates).toBeVisible();
      await terminal.input.press('ArrowDown');
      expect(await violations()).toEqual([]);
      await terminal.input.press('Escape');
      await terminal.openChanges();
      expect(await violations()).toEqual([]);
    });
  });
}

test('a finger types, completes, runs and undoes @phone', async ({ app, page }) => {
  const terminal = new TerminalPage(page);
  await app.openAtStart();
  await terminal.open(WORKER);
  await terminal.input.fill(`ip route del ${ROUTE.slice(0, 3)}`);
  await app.dock.root.getByRole('button', { name: 'Complete' }).tap();
  await terminal.candidates.getByRole('option', { name: ROUTE }).tap();
  const before = await app.header.root.boundingBox();
  await app.dock.root.getByRole('button', { name: 'Run' }).tap();
  await terminal.hasChanged(1);
  // the button found room beside the others
  expect((await app.header.root.boundingBox())?.height).toBe(before?.height);
  await terminal.changesButton.tap();
  await expect(terminal.changes).toBeInViewport();
  const small = await page.evaluate(() =>
    [...document.querySelectorAll('.dialog button, .entry button, .entry input, .changes-button')].flatMap((each) => {
      const { width, height } = each.getBoundingClientRect();
      return width < 24 || height < 23.5 ? [`${each.textContent} ${width}×${height}`] : [];
    }),
  );
  expect(small).toEqual([]);
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth)).toBe(
    true,
  );
  await terminal.changes.getByRole('button', { name: 'Undo all' }).tap();
  await expect(terminal.changes).toContainText('Nothing is changed');
  await terminal.changes.getByRole('button', { name: 'Close' }).tap();
  await terminal.hasChanged(0);
});
