// `npm run build`: the app (dist/app), the command line (dist/cli) and the core as a library for Node (dist/core).

import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { ensureCli } from './buildCli.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const parts = process.argv.slice(2);
const wants = (/** @type {string} */ part) => parts.length === 0 || parts.includes(part);

if (wants('app')) await build({ root, configFile: `${root}/vite.config.ts`, logLevel: 'warn' });
if (wants('cli')) await ensureCli();
if (wants('core')) {
  await build({
    configFile: false,
    root,
    publicDir: false,
    logLevel: 'warn',
    ssr: { noExternal: true },
    build: {
      ssr: true,
      outDir: 'dist/core',
      target: 'node20',
      rolldownOptions: {
        input: { simulation: 'src/sim/createSimulation.ts' },
        output: { entryFileNames: '[name].js', chunkFileNames: 'shared-[hash].js' },
      },
    },
  });
}
console.error(`built ${parts.length === 0 ? 'app, cli and core' : parts.join(', ')} into dist/`);
