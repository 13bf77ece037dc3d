#!/usr/bin/env node
// `npx hopscope`: the command line, bundled first when it is missing or older than its source. Needs no network.

import { pathToFileURL } from 'node:url';
import { cliBundle, ensureCli } from './buildCli.mjs';

try {
  await ensureCli();
} catch (error) {
  if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ERR_MODULE_NOT_FOUND') {
    console.error('hopscope: its dependencies are not installed; run `npm ci` in its folder first');
  } else {
    console.error('hopscope: could not be built:', error);
  }
  process.exit(70);
}
await import(pathToFileURL(cliBundle).href);
