import { PluginFailure } from './cniError.ts';
import { quote } from './quote.ts';

/** All versions that some release here speaks, oldest first. */
const VERSIONS = ['0.1.0', '0.2.0', '0.3.0', '0.3.1', '0.4.0', '1.0.0', '1.1.0'] as const;
export type SpecVersion = (typeof VERSIONS)[number];

/** From one version to another, both included. */
export function versionsBetween(first: SpecVersion, last: SpecVersion): readonly SpecVersion[] {
  return VERSIONS.slice(VERSIONS.indexOf(first), VERSIONS.indexOf(last) + 1);
}

export function isSpecVersion(text: string): text is SpecVersion {
  return VERSIONS.some((version) => version === text);
}

/** Whether one version is as new as another. @throws PluginFailure in libcni's words, when the first is not one (pkg/version/plugin.go). */
export function atLeast(version: string, other: SpecVersion): boolean {
  const [a, b] = [parts(version), parts(other)];
  for (let i = 0; i < 3; i++) if (a[i] !== b[i]) return (a[i] ?? 0) > (b[i] ?? 0);
  return true;
}

function parts(version: string): readonly number[] {
  // Nothing at all is the first version.
  if (version === '') return [0, 1, 0];
  const words = version.split('.');
  if (words.length > 3) throw new PluginFailure(`invalid version ${quote(version)}: too many parts`);
  const numbers = words.map((word, i) => {
    if (!/^[+-]?\d+$/.test(word)) {
      const place = ['major', 'minor', 'micro'][i];
      const reason = `strconv.Atoi: parsing ${quote(word)}: invalid syntax`;
      throw new PluginFailure(`failed to convert ${place} version part ${quote(word)}: ${reason}`);
    }
    return Number(word);
  });
  return [numbers[0] ?? 0, numbers[1] ?? 0, numbers[2] ?? 0];
}
