// Bundles the command line into one file, dist/cli/hopscope.js, and knows whether that file is still true to the source.
// Safe when several processes ask at once: each file appears whole, by rename, and only one process builds at a time.

import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const out = join(root, 'dist', 'cli');
const lock = join(out, '.lock');
const stamp = join(out, '.stamp');

/** The bundled command line. */
export const cliBundle = join(out, 'hopscope.js');

const sources = ['base', 'wire', 'datamodel', 'sim', 'print', 'manifests', 'commands', 'lessons', 'cli'];

/** One line that changes whenever a file that the bundle is made of does: names, sizes and times, no contents. */
function signature() {
  const hash = createHash('sha1');
  /** @param {string} path */
  const add = (path) => {
    const { mtimeMs, size } = statSync(path);
    hash.update(`${path}\0${mtimeMs}\0${size}\n`);
  };
  /** @param {string} folder */
  const walk = (folder) => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) walk(path);
      else if (!/\.test\.tsx?$/.test(entry.name)) add(path);
    }
  };
  for (const folder of sources) if (existsSync(join(root, 'src', folder))) walk(join(root, 'src', folder));
  for (const file of ['package.json', 'package-lock.json', 'scripts/buildCli.mjs']) add(join(root, file));
  return hash.digest('hex');
}

/** @param {string} wanted */
function isFresh(wanted) {
  try {
    return readFileSync(stamp, 'utf8') === wanted && existsSync(cliBundle);
  } catch {
    return false;
  }
}

/** Takes the lock, also from a process that died holding it; false when a living process has it. */
function takeLock() {
  mkdirSync(out, { recursive: true });
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch {
    try {
      const owner = Number(readFileSync(lock, 'utf8'));
      const age = Date.now() - statSync(lock).mtimeMs;
      if (owner > 0) process.kill(owner, 0);
      if (age < 60_000) return false;
    } catch (error) {
      // ENOENT: just released; ESRCH: its owner is gone
      if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM') return false;
    }
    rmSync(lock, { force: true });
    return false;
  }
}

/** @param {string} wanted */
async function bundle(wanted) {
  const { build } = await import('vite');
  const work = mkdtempSync(join(out, '.build-'));
  try {
    await build({
      configFile: false,
      root,
      publicDir: false,
      // warnings and errors, which vite writes to stderr: stdout belongs to the command
      logLevel: 'warn',
      ssr: { noExternal: true },
      build: {
        ssr: 'src/cli/main.ts',
        outDir: work,
        target: 'node20',
        rolldownOptions: { output: { entryFileNames: 'hopscope.js', codeSplitting: false } },
      },
    });
    renameSync(join(work, 'hopscope.js'), cliBundle);
    writeFileSync(join(work, 'stamp'), wanted);
    renameSync(join(work, 'stamp'), stamp);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Makes sure that `cliBundle` is there and as new as the source; takes milliseconds when it is. */
export async function ensureCli() {
  for (;;) {
    const wanted = signature();
    if (isFresh(wanted)) return;
    if (!takeLock()) {
      await sleep(50);
      continue;
    }
    try {
      if (!isFresh(wanted)) await bundle(wanted);
      return;
    } finally {
      rmSync(lock, { force: true });
    }
  }
}
