import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'vite';
import { root } from '../install.mjs';

/** Preact's own hook, called once for every commit; its name in the published files is mangled. */
const counter = `
import { options } from 'preact';
const before = options.__c;
window.commits = 0;
options.__c = (...args) => {
  window.commits += 1;
  before?.(...args);
};
`;

/**
 * Builds the app as it is shipped, except that it counts in `window.commits` how often React's components were committed.
 * @returns {Promise<{ folder: string, remove: () => Promise<void> }>}
 */
export async function countedBuild() {
  const folder = await mkdtemp(join(tmpdir(), 'hopscope-bench-'));
  await build({
    root,
    configFile: join(root, 'vite.config.ts'),
    logLevel: 'warn',
    plugins: [
      {
        name: 'count-commits',
        transform: (code, id) => (id.endsWith('/src/main.tsx') ? `${counter}${code}` : undefined),
      },
    ],
    build: { outDir: folder, emptyOutDir: true },
  });
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}
