import { CNI_BACKENDS, WITHOUT_KUBE_PROXY } from '../../datamodel/cluster/cniBackends.ts';
import type { ClusterSettings, CniBackend, ProxyMode } from '../../datamodel/cluster/command.ts';
import type { UnderlayName } from '../../datamodel/cluster/underlay.ts';
import type { ClusterView } from '../../datamodel/cluster/view.ts';
import { CNI_NAMES } from '../../store/cniNames.ts';
import { PROXY_NAMES } from '../../store/proxyNames.ts';
import { UNDERLAY_NAMES } from '../../store/underlayNames.ts';

/** What a side of the comparison runs on. */
export type Choice = Pick<ClusterSettings, 'podMtu' | 'underlayOptions'> & {
  readonly proxyMode: ProxyMode;
  readonly cni: CniBackend;
  readonly underlay: UnderlayName;
};

/** Clusters whose settings both sides begin with. */
export type Sides = readonly [ClusterView, ClusterView];

export const MODES = Object.keys(PROXY_NAMES) as readonly ProxyMode[];
export const CNIS: readonly CniBackend[] = CNI_BACKENDS;

/** `iptables, Flannel VXLAN, L2 segment` */
export function choiceName({ proxyMode, cni, underlay }: Choice): string {
  return `${PROXY_NAMES[proxyMode]}, ${CNI_NAMES[cni]}, ${UNDERLAY_NAMES[underlay]}`;
}

/** What a cluster runs on. */
export function choiceOf({ proxyMode, cni, underlay, settings }: ClusterView): Choice {
  const { podMtu, underlayOptions = {} } = settings;
  return { proxyMode, cni, underlay: underlay.name, podMtu, underlayOptions };
}

/** The modes that there are beside a CNI. */
export function modesBeside(cni: CniBackend): readonly ProxyMode[] {
  return WITHOUT_KUBE_PROXY.has(cni) ? ['ebpf'] : MODES;
}

/** Another CNI, with a mode that there is beside it. */
export function withCni(choice: Choice, cni: CniBackend): Choice {
  const modes = modesBeside(cni);
  const proxyMode = modes.includes(choice.proxyMode) ? choice.proxyMode : (modes[0] ?? choice.proxyMode);
  return { ...choice, cni, proxyMode };
}

/** What is in force beside another mode: the next one; or beside kube-proxy, where the CNI stands in its stead. */
export function firstChoices(inForce: Choice): readonly [Choice, Choice] {
  const { proxyMode, cni } = inForce;
  if (WITHOUT_KUBE_PROXY.has(cni)) return [inForce, { ...inForce, cni: 'calico-bgp', proxyMode: 'iptables' }];
  const other = MODES[(MODES.indexOf(proxyMode) + 1) % MODES.length] ?? proxyMode;
  return [inForce, { ...inForce, proxyMode: other }];
}
