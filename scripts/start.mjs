// `npm start`: installs what is missing, builds, serves the built app and prints its address. PORT chooses the port.

import { ensurePackages, run } from './install.mjs';

const port = Number(process.env.PORT ?? 4173);
if (!Number.isInteger(port) || port < 0 || port > 65_535) {
  console.error(`PORT must be a number from 0 to 65535, not "${process.env.PORT}"`);
  process.exit(2);
}

ensurePackages();
if (!run(process.execPath, ['scripts/build.mjs', 'app'])) process.exit(1);

const { serve } = await import('./serve.mjs');
/** @param {unknown} error */
const inUse = (error) => /** @type {NodeJS.ErrnoException} */ (error).code === 'EADDRINUSE';
const { url, close } = await serve({ port }).catch((error) => {
  // a port asked for by name is wanted; the usual one is only a habit
  if (!inUse(error) || process.env.PORT) throw error;
  return serve();
});
console.log(`Hopscope is at ${url} (Ctrl-C stops it)`);

const stop = () => close().then(() => process.exit(0));
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, stop);
if (process.env.npm_lifecycle_event === 'start') {
  // npm starts us through a shell, which keeps a signal to npm for itself: when that shell is gone, nobody wants us any more
  const shell = process.ppid;
  setInterval(() => process.ppid !== shell && stop(), 500).unref();
}
