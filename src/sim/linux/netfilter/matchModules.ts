import type { Match } from '../../../datamodel/network/netfilter.ts';
import type { Packet } from './packet.ts';

/** xt_set and xt_ipvs: what a page's first tables have no rule with. */
export interface MatchModules {
  set(match: Extract<Match, { readonly type: 'set' }>): (packet: Packet) => boolean;
  ipvs(match: Extract<Match, { readonly type: 'ipvs' }>): (packet: Packet) => boolean;
}

let loaded: MatchModules | undefined;

/** modprobe: to be called before the first packet of a namespace whose rules have such matches. */
export function loadMatchModules(modules: MatchModules): void {
  loaded = modules;
}

export function matchModule<K extends keyof MatchModules>(name: K): MatchModules[K] {
  if (!loaded) throw new Error(`A rule matches by xt_${name}, which has not been loaded`);
  return loaded[name];
}
