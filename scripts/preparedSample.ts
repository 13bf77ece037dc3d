import { readFileSync } from 'node:fs';
import type { Plugin } from 'vite';
import { prepareCluster } from '../src/sim/prepareCluster.ts';
import { DEFAULT_SETTINGS } from '../src/sim/simulation.ts';

const NAME = 'virtual:sample';
const RESOLVED = `\0${NAME}`;

/**
 * `virtual:sample`: the cluster that the app opens on, read and completed when the app is built, so that the first view
 * needs neither a YAML parser nor the API server's rules. The same code does it that reads a person's manifests.
 */
export function preparedSample(): Plugin {
  return {
    name: 'prepared-sample',
    resolveId: (id) => (id === NAME ? RESOLVED : undefined),
    load(id) {
      if (id !== RESOLVED) return undefined;
      const file = new URL('../src/manifests/samples/article.yaml', import.meta.url);
      this.addWatchFile(file.pathname);
      const prepared = prepareCluster(
        [{ name: 'sample.yaml', text: readFileSync(file, 'utf8') }],
        DEFAULT_SETTINGS.seed,
      );
      if (!prepared.ok) throw new Error(`The sample does not load: ${JSON.stringify(prepared.error)}`);
      return `export default ${sourceOf(prepared.value)};`;
    },
  };
}

/** Plain data, Maps included, as the JavaScript expression that makes it. */
function sourceOf(value: unknown): string {
  if (value === undefined) return 'undefined';
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(sourceOf).join(',')}]`;
  if (value instanceof Map) return `new Map(${sourceOf([...value])})`;
  if (Object.getPrototypeOf(value) !== Object.prototype) throw new Error(`Not plain data: ${String(value)}`);
  return `{${Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}:${sourceOf(item)}`)}}`;
}
