// After an install: npm links the commands of dependencies into node_modules/.bin, but not the project's own. With this link
// `npx hopscope` finds the command at once and never asks the registry.

import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const bin = join(fileURLToPath(new URL('..', import.meta.url)), 'node_modules', '.bin');
mkdirSync(bin, { recursive: true });
if (process.platform === 'win32') {
  writeFileSync(join(bin, 'hopscope.cmd'), '@node "%~dp0\\..\\..\\scripts\\hopscope.mjs" %*\r\n');
} else {
  rmSync(join(bin, 'hopscope'), { force: true });
  symlinkSync('../../scripts/hopscope.mjs', join(bin, 'hopscope'));
  chmodSync(join(bin, '../../scripts/hopscope.mjs'), 0o755);
}
