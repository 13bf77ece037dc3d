import { matchIpvs } from './matchIpvs.ts';
import { loadMatchModules } from './matchModules.ts';
import { matchSet } from './matchSet.ts';

/** Brings the matches that only other proxy modes and other CNIs write. */
export function installMatches(): void {
  loadMatchModules({ set: (match) => (packet) => matchSet(match, packet), ipvs: matchIpvs });
}
