import type { CniRelease } from '../spec/release.ts';
import { type SpecVersion, versionsBetween } from '../spec/version.ts';

/** All versions from one on that a release of the plugins speaks (version.VersionsStartingFrom). */
export function versionsFrom(first: SpecVersion): (release: CniRelease) => readonly SpecVersion[] {
  return ({ plugins }) => versionsBetween(first, plugins === '1.1.1' ? '1.0.0' : '1.1.0');
}

export const allVersions = versionsFrom('0.1.0');
