import { expect, test } from './fixtures/app.ts';
import { BAD_LINE, BAD_SHOP, SHOP, SHOP_LIST } from './fixtures/clusters.ts';

test('manifests typed into the editor become a cluster in which a request can be traced', async ({ app }) => {
  await app.openAtStart();
  const { manifests } = app;
  await manifests.open();
  await expect(manifests.text).toContainText('kind: Node');
  await manifests.replace(SHOP);
  await expect(manifests.state).toHaveText('Edited, not applied yet');
  await expect(app.stage.root).toContainText('frontend');
  await manifests.apply();
  await expect(manifests.state).toHaveText('In force');
  await expect(app.header.toast('Manifests loaded')).toContainText('1 object ignored');
  await expect(manifests.ignored).toHaveText(['Ingress shop-at-the-edge']);

  // a request is ready that has something to show
  await expect(app.composer.to).toHaveValue('svc/shop:80');
  await app.composer.send();
  await expect(app.composer.outcome).toContainText(/Answered\s*pod=shop-/);
  await app.playback.toEnd();
  await expect(app.stage.root).toContainText('shop-');
  // playing takes nobody away from their manifests
  await expect(manifests.text).toBeVisible();
  await app.hops.packets.first().click();
  await app.hops.goTo(/DNAT → shop-/);
  await app.dock.decides(/-j DNAT --to-destination 10\.244\.\d+\.\d+:8080/);

  await manifests.open();
  await manifests.sampleButton.click();
  await expect(app.stage.root).toContainText('frontend');
  await expect(app.composer.to).toHaveValue('svc/backend:80');
  await expect(manifests.text).toContainText('kind: Node');
  await app.composer.send();
  await expect(app.composer.outcome).toContainText('pod=backend-');
});

test('a bad manifest is refused as a whole, with its line, its field and the reason', async ({ app }) => {
  await app.openAtStart();
  const { manifests } = app;
  const before = await app.stage.drawing.textContent();
  await manifests.open();
  await manifests.replace(BAD_SHOP);
  await manifests.apply();
  await expect(manifests.state).toHaveText('Refused: 1 problem. The cluster is unchanged.');
  await expect(manifests.problems).toHaveCount(1);
  await expect(manifests.problems).toContainText(`:${BAD_LINE}`);
  await expect(manifests.problems).toContainText('spec.ports[0].port');
  await expect(manifests.problems).toContainText('must be between 1 and 65535');
  expect(await app.stage.drawing.textContent()).toBe(before);
  await manifests.problems.click();
  await expect(manifests.editor.locator('.cm-lineNumbers .cm-activeLineGutter')).toHaveText(String(BAD_LINE));
  await expect(manifests.editor.locator('.cm-lint-marker-error')).toBeVisible();

  // what was there still works, and what is mended is taken
  await app.composer.send();
  await expect(app.composer.outcome).toContainText('pod=backend-');
  await manifests.replace(SHOP);
  await app.page.keyboard.press('ControlOrMeta+Enter');
  await expect(manifests.state).toHaveText('In force');
  await expect(manifests.problems).toHaveCount(0);
});

test('what is no YAML at all is refused with its line', async ({ app }) => {
  await app.openAtStart();
  await app.manifests.open();
  await app.manifests.replace('kind: Pod\nmetadata: {name: [unclosed\n');
  await app.manifests.apply();
  await expect(app.manifests.state).toContainText('The cluster is unchanged');
  await expect(app.manifests.problems.first()).toContainText(/:[123]/);
});

test('a manifest is pasted anywhere on the page', async ({ app }) => {
  await app.openAtStart();
  await app.manifests.pasteOnPage(SHOP);
  await expect(app.header.toast('Manifests loaded')).toBeVisible();
  await expect(app.composer.to).toHaveValue('svc/shop:80');
  await expect(app.manifests.text).toContainText('shop-at-the-edge');
  // other text is nobody's business
  await app.manifests.pasteOnPage('just some words');
  await expect(app.composer.to).toHaveValue('svc/shop:80');
});

test('files are dropped, one of them a JSON list, and keep their names', async ({ app }) => {
  await app.openAtStart();
  await app.manifests.drop([
    { name: 'shop.yaml', text: SHOP },
    { name: 'list.json', text: SHOP_LIST },
  ]);
  await expect(app.header.toast('Manifests loaded')).toBeVisible();
  await expect(app.manifests.fileSelect).toHaveValue('shop.yaml');
  await app.manifests.fileSelect.selectOption('list.json');
  await expect(app.manifests.text).toContainText('"kind": "List"');
  await app.composer.send({ from: 'deploy/shop', to: 'svc/listed:80', as: 'HTTP' });
  await expect(app.composer.outcome).toContainText('pod=listed');
});

test('files are opened, and a problem names the file that it is in', async ({ app }) => {
  await app.openAtStart();
  await app.manifests.open();
  await app.manifests.openFiles([
    { name: 'list.json', text: SHOP_LIST },
    { name: 'broken.yaml', text: BAD_SHOP },
  ]);
  await expect(app.manifests.problems).toContainText(`broken.yaml:${BAD_LINE}`);
  await expect(app.manifests.fileSelect).toHaveValue('broken.yaml');
  await expect(app.composer.to).toHaveValue('svc/backend:80');
});
