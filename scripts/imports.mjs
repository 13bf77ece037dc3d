// Checks the import rules of .dependency-cruiser.mjs, and that they were checked at all: without a parser for
// TypeScript, dependency-cruiser cruises nothing and reports success.

import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, relative } from 'node:path';

import { fileURLToPath } from 'node:url';
import config from '../.dependency-cruiser.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
process.chdir(root);

// dependency-cruiser asks swc for TypeScript without JSX whatever the file; this tells swc which files are TSX. It has to
// be done before dependency-cruiser loads swc.
const swc = createRequire(import.meta.url)('@swc/core');
const parseFileSync = swc.parseFileSync;
swc.parseFileSync = (/** @type {string} */ file, /** @type {object} */ options) =>
  parseFileSync(file, { ...options, tsx: file.endsWith('.tsx') });
const { cruise } = await import('dependency-cruiser');

const sources = readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
  .map((entry) => relative(root, join(entry.parentPath, entry.name)));

const { output } = await cruise(['src'], { ...config.options, ruleSet: config, validate: true });
if (typeof output === 'string') throw new Error('dependency-cruiser answered with text where data was asked for');

for (const { from, to, rule, cycle } of output.summary.violations) {
  const path = cycle ? cycle.map((step) => step.name).join(' → ') : to;
  console.error(`${rule.name}: ${from}${to === from ? '' : ` → ${path}`}`);
}

const cruised = new Set(output.modules.map((module) => module.source));
const missed = sources.filter((source) => !cruised.has(source));
if (missed.length > 0) console.error(`not cruised: ${missed.join(', ')}`);

const ok = sources.length > 0 && missed.length === 0 && output.summary.error === 0;
console.error(
  `imports: ${sources.length - missed.length} of ${sources.length} files cruised, ` + `${output.summary.error} errors`,
);
process.exitCode = ok ? 0 : 1;
