import { AxeBuilder } from '@axe-core/playwright';
import { expect, test } from './fixtures/app.ts';

test('a route is deleted by menu with the keyboard alone, and the list keeps the focus', async ({ app, page }) => {
  await app.openAtStart();
  await app.dock.namespace.selectOption({ label: 'worker-01' });
  // whichever table the packet had turned the dock to
  await app.dock.root.getByRole('tab', { selected: true }).focus();
  await page.keyboard.press('Home');
  await page.keyboard.press('ArrowRight');
  await app.dock.isOpen('ip route');
  const route = app.dock.line('10.244.2.0/24');
  await expect(route).toBeVisible();

  const button = app.dock.panel.locator('.line-menu:focus');
  for (let presses = 0; presses < 8 && (await button.count()) === 0; presses++) await page.keyboard.press('Tab');
  await page.keyboard.press('Home');
  await expect(button).toHaveAccessibleName(/^Edit: default via /);
  await page.keyboard.press('End');
  await expect(button).toHaveAccessibleName(/^Edit: 192\.168\.1\.0\/24 /);
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('ArrowUp');
  await expect(button).toHaveAccessibleName(/^Edit: 10\.244\.2\.0\/24 /);

  await page.keyboard.press('Shift+F10');
  await app.menu.isOpen();
  await expect(app.menu.command('Delete this route')).toHaveText(
    'ip route del 10.244.2.0/24 via 10.244.2.0 dev flannel.1 onlink',
  );
  await page.keyboard.press('Escape');
  await app.menu.isClosed();
  await expect(button).toHaveAccessibleName(/^Edit: 10\.244\.2\.0\/24 /);

  await page.keyboard.press('Enter');
  await app.menu.isOpen();
  await expect(app.menu.item('Delete this route')).toBeFocused();
  await page.keyboard.press('Enter');
  await app.menu.isClosed();
  await expect(route).toHaveCount(0);
  await expect(app.header.toasts).toContainText('ip route del 10.244.2.0/24 via 10.244.2.0 dev flannel.1 onlink');
  await expect(button).toHaveAccessibleName(/^Edit: 10\.244\.3\.0\/24 /);

  // the last line goes, and the line before it has the focus
  await page.keyboard.press('End');
  await expect(button).toHaveAccessibleName(/^Edit: 192\.168\.1\.0\/24 /);
  await page.keyboard.press('Enter');
  await app.menu.isOpen();
  await expect(app.menu.item('Delete this route')).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(app.dock.line('192.168.1.0/24')).toHaveCount(0);
  await expect(button).toHaveCount(1);
});

test('br_netfilter is switched off and on by menu', async ({ app }) => {
  await app.openAtStart();
  await app.dock.namespace.selectOption({ label: 'worker-01' });
  await app.dock.open('sysctl');
  await app.dock.filter.fill('bridge-nf-call-iptables');
  const line = app.dock.line('net.bridge.bridge-nf-call-iptables');
  await expect(line).toHaveText(/ = 1$/);
  await (await app.dock.pointAt('net.bridge.bridge-nf-call-iptables')).click();
  await expect(app.menu.command('Switch it off')).toHaveText('sysctl -w net.bridge.bridge-nf-call-iptables=0');
  await app.menu.item('Switch it off').click();
  await expect(line).toHaveText(/ = 0$/);
  await (await app.dock.pointAt('net.bridge.bridge-nf-call-iptables')).click();
  await app.menu.item('Switch it on').click();
  await expect(line).toHaveText(/ = 1$/);
});

test('a connection is deleted by right-click', async ({ app, page }) => {
  await app.openAtStart();
  await page.keyboard.press('End');
  await app.dock.namespace.selectOption({ label: 'worker-01' });
  await app.dock.open('conntrack');
  const connection = app.dock.line(/dst=10\.96\.42\.10 .*dport=80/);
  await expect(connection).toHaveCount(1);
  await connection.click({ button: 'right' });
  await app.menu.isOpen();
  await expect(app.menu.command('Delete this connection')).toHaveText(
    /^conntrack -D -p tcp -s 10\.244\.1\.23 -d 10\.96\.42\.10 --sport \d+ --dport 80$/,
  );
  await app.menu.item('Delete this connection').click();
  await expect(connection).toHaveCount(0);
  await expect(app.header.toasts).toContainText('1 flow entries have been deleted');
});

test('a command can be copied instead of run; a whole table has a menu too', async ({ app, page }) => {
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await app.openAtStart();
  await app.dock.namespace.selectOption({ label: 'worker-01' });
  await app.dock.open('ip route');
  await (await app.dock.pointAt('192.168.1.0/24')).click();
  await app.menu.root.getByRole('menuitemcheckbox', { name: 'Copy the command instead of running it' }).click();
  await app.menu.isOpen();
  await app.menu.item('Delete this route').click();
  await expect(app.header.toasts).toContainText('Copied');
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(
    'ip route del 192.168.1.0/24 dev eth0 proto kernel scope link src 192.168.1.11',
  );
  await expect(app.dock.line('192.168.1.0/24')).toHaveCount(1);

  await app.dock.panel.getByRole('button', { name: 'Edit…' }).click();
  await expect(app.menu.command('Delete all routes over eth0')).toHaveText('ip route flush dev eth0');
  await app.menu.item('Delete all routes over eth0').click();
  await expect(app.dock.line('eth0')).toHaveCount(0);
});

for (const colorScheme of ['dark', 'light'] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme });

    test('axe finds nothing with a menu open', async ({ app, page }) => {
      await app.openAtStart();
      await app.dock.namespace.selectOption({ label: 'worker-01' });
      await app.dock.open('ip addr');
      await (await app.dock.pointAt('eth0: <')).click();
      await app.menu.isOpen();
      await app.menu.fits();
      await page.evaluate(() => Promise.allSettled(document.getAnimations().map(({ finished }) => finished)));
      const { violations } = await new AxeBuilder({ page }).options({ resultTypes: ['violations'] }).analyze();
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join()}`)).toEqual([]);
    });
  });
}

test('on a phone a tap shows a line’s button, and its menu fits @phone', async ({ app }) => {
  await app.openAtStart();
  await app.dock.namespace.selectOption({ label: 'worker-01' });
  await app.dock.open('iptables-save');
  await app.dock.filter.fill('cluster IP');
  const rule = app.dock.line(/^\d+-A KUBE-SERVICES .*cluster IP/).first();
  await rule.tap({ position: { x: 60, y: 10 } });
  const button = rule.getByRole('button', { name: /^Edit: / });
  await expect(button).toBeVisible();
  await button.tap();
  await app.menu.isOpen();
  await app.menu.fits();
  const text = await rule.locator('span').textContent();
  await app.menu.item('Delete this rule').tap();
  await app.menu.isClosed();
  await expect(app.dock.lines.getByText(text ?? '', { exact: true })).toHaveCount(0);
});
