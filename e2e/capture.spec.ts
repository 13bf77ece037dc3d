import { expect, test } from './fixtures/app.ts';
import { CaptureDialog } from './fixtures/captureDialog.ts';

/** A section header's block type, as every pcapng begins. */
const MAGIC = [0x0a, 0x0d, 0x0d, 0x0a];

test('the whole conversation is saved as a capture of every interface', async ({ app, page }) => {
  await app.openAtStart();
  const dialog = new CaptureDialog(page);
  await app.playback.saveCapture.click();
  await expect(dialog.root).toBeVisible();
  const frames = Number(/^\d+/.exec(await dialog.sum.innerText())?.[0]);
  const { name, bytes, capture } = await dialog.saved();
  expect(name).toMatch(/^hopscope-frontend-[\w.-]+\.pcapng$/);
  expect([...bytes.subarray(0, 4)]).toEqual(MAGIC);
  expect(capture.packets).toHaveLength(frames);
  expect(capture.interfaces.map((each) => each.name)).toEqual(
    expect.arrayContaining(['node/worker-01/eth0', 'node/worker-01/flannel.1', 'node/worker-02/cni0']),
  );
});

test('one interface and a stretch of the time line are saved alone', async ({ app, page }) => {
  await app.openAtStart();
  const dialog = new CaptureDialog(page);
  await app.hops.goTo('worker-02', 'flannel.1');
  const { step } = await app.playback.position();
  await app.playback.saveCapture.click();
  await expect(dialog.last).toHaveValue(String(step));
  await dialog.interface.selectOption('node/worker-01/flannel.1');
  const whole = await dialog.sum.innerText();
  await dialog.root.getByRole('radio', { name: 'From step' }).check();
  await expect(dialog.sum).not.toHaveText(whole);
  const { bytes, capture } = await dialog.saved();
  expect([...bytes.subarray(0, 4)]).toEqual(MAGIC);
  expect(capture.interfaces).toEqual([{ name: 'node/worker-01/flannel.1', linkType: 1, mtu: 1450 }]);
  expect(capture.packets).toHaveLength(1);
  expect(capture.packets[0]?.direction).toBe('out');
});

test('steps that are not there are refused before anything is saved, and Escape closes', async ({ app, page }) => {
  await app.openAtStart();
  const dialog = new CaptureDialog(page);
  await app.playback.saveCapture.click();
  await dialog.first.fill('7');
  await dialog.last.fill('3');
  await expect(dialog.sum).toHaveText('The first step comes after the last.');
  await expect(dialog.save).toBeDisabled();
  await dialog.last.fill('999999');
  await expect(dialog.sum).toContainText('Expected steps from 1 to');
  await page.keyboard.press('Escape');
  await expect(dialog.root).toHaveCount(0);
  await expect(app.playback.saveCapture).toBeFocused();
});
