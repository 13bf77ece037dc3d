import { CNI_BACKENDS } from '../../datamodel/cluster/cniBackends.ts';
import type { CniBackend, ProxyMode } from '../../datamodel/cluster/command.ts';
import { CNI_NAMES } from '../../store/cniNames.ts';
import { PROXY_NAMES } from '../../store/proxyNews.ts';

/** What a side of the comparison runs on. */
export interface Choice {
  readonly proxyMode: ProxyMode;
  readonly cni: CniBackend;
}

export const MODES = Object.keys(PROXY_NAMES) as readonly ProxyMode[];
export const CNIS: readonly CniBackend[] = CNI_BACKENDS;

/** `iptables, Flannel VXLAN` */
export function choiceName({ proxyMode, cni }: Choice): string {
  return `${PROXY_NAMES[proxyMode]}, ${CNI_NAMES[cni]}`;
}

/** What is in force beside another mode: the next one. */
export function firstChoices(proxyMode: ProxyMode, cni: CniBackend): readonly [Choice, Choice] {
  const other = MODES[(MODES.indexOf(proxyMode) + 1) % MODES.length] ?? proxyMode;
  return [
    { proxyMode, cni },
    { proxyMode: other, cni },
  ];
}
