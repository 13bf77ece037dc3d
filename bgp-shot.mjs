import { chromium } from '@playwright/test';
import { readFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { browserFlags } from './scripts/install.mjs';
import AxeBuilder from '@axe-core/playwright';
const PORT = 8377;
const srv = spawn('node', ['scripts/serve.mjs', '--port', String(PORT)], { stdio: 'ignore' });
await new Promise(r => setTimeout(r, 1500));
const b = await chromium.launch({ executablePath: '/usr/bin/chromium', args: browserFlags });
const article = readFileSync('src/manifests/samples/article.yaml', 'utf8').split(/^---$/m).filter(d => !/flannel/.test(d)).join('---');
const pool = `\n---\napiVersion: projectcalico.org/v3\nkind: IPPool\nmetadata: {name: default}\nspec: {cidr: 10.244.0.0/16, blockSize: 26, ipipMode: Never, vxlanMode: Never, natOutgoing: true}\n`;
for (const [name, w, h, scheme] of [['dark',1440,900,'dark'],['light',1440,900,'light'],['phone',390,844,'dark']]) {
  const ctx = await b.newContext({ viewport: { width: w, height: h }, colorScheme: scheme, reducedMotion: 'reduce' });
  const p = await ctx.newPage(); p.on('console', m => m.type()==='error' && console.log(name, m.text()));
  await p.goto(`http://localhost:${PORT}/`);
  await p.waitForSelector('[role=tablist]', { state: 'attached' });
  await p.waitForTimeout(1500);
  await p.evaluate((text) => { const d = new DataTransfer(); d.setData('text/plain', text); window.dispatchEvent(new ClipboardEvent('paste', { clipboardData: d })); }, article + pool);
  await p.waitForTimeout(2500);
  const tabs = await p.locator('[role=tab]').allTextContents(); console.log(name, tabs.join('|'));
  const tab = p.getByRole('tab', { name: 'Routing' });
  if (await tab.count()) { await tab.first().click({ timeout: 5000 }).catch(async () => { await tab.first().evaluate(e => e.click()); }); }
  await p.waitForTimeout(2500);
  await p.screenshot({ path: `/tmp/bgpshot-${name}-1.png` });
  const cut = p.getByRole('combobox', { name: 'Cut', exact: true });
  if (await cut.count()) {
    await cut.selectOption('worker-02'); await p.getByRole('combobox', { name: 'How it is cut' }).selectOption({ label: 'birdc down' });
    await p.getByRole('button', { name: 'Cut', exact: true }).click(); await p.waitForTimeout(2500);
    await p.screenshot({ path: `/tmp/bgpshot-${name}-2.png` });
    const axe = await new AxeBuilder({ page: p }).analyze(); console.log(name, 'axe', axe.violations.map(v => v.id + ': ' + v.nodes.map(n => n.target.join(' ')).join(' ; ')).join('\n'));
  }
  await ctx.close();
}
await b.close(); srv.kill();
