import type { ContainerPort } from '../../../datamodel/kubernetes/pod.ts';
import type { IpPrefix } from '../../../wire/address.ts';
import { ChainWriter, type Jump, makeRule } from '../netfilter/tableChanges.ts';
import type { NetnsParts } from '../netnsParts.ts';
import type { NodePlan, PodPlan } from '../nodePlan.ts';
import type { RuleSpec } from './node/iptables.ts';
import {
  DEFAULT_MARK_BIT,
  DNAT_CHAIN,
  DNAT_ENTRY,
  MASQUERADE_CHAIN,
  MASQUERADE_ENTRY,
  masqueradeRule,
  type PortMapping,
  portmapChainName,
  SET_MARK_CHAIN,
  sandboxEntries,
  sandboxRules,
  setMarkRule,
} from './portmapRules.ts';
import { sandboxId } from './sandbox.ts';

/** What the portmap plugin is told, and what the plugins before it made. */
export interface PortmapConfig {
  /** Name of the network configuration list. */
  readonly network: string;
  /** The subnet that a Pod's address was given with. */
  sourceOf(pod: PodPlan): IpPrefix;
  /** The node's device by which a Pod is reached. */
  deviceOf(pod: PodPlan): string;
}

/**
 * The portmap plugin's rules on a node for the host ports of its Pods (plugins/meta/portmap/portmap_iptables.go): none while
 * no Pod asks for any.
 */
export function portmapOnNode({ network, sourceOf, deviceOf }: PortmapConfig, node: NodePlan): NetnsParts {
  const mapped = node.pods
    .map((pod) => ({ pod, ports: portMappings(pod.pod.ports) }))
    .filter(({ ports }) => ports.length > 0);
  if (mapped.length === 0) return {};
  const nat = new ChainWriter('cni', 'nat');
  const add = (chain: string, { matches, target }: RuleSpec): void => nat.add(chain, matches, target);
  nat.declare(DNAT_CHAIN);
  add(SET_MARK_CHAIN, setMarkRule(DEFAULT_MARK_BIT));
  add(MASQUERADE_CHAIN, masqueradeRule(DEFAULT_MARK_BIT));
  for (const { pod, ports } of mapped) {
    const sandbox = sandboxId(pod.pod);
    const address = { address: pod.address, length: sourceOf(pod).length };
    const own = { network, sandbox, address, ports, setMarkChain: SET_MARK_CHAIN, conditions: [] };
    for (const rule of sandboxEntries(own)) add(DNAT_CHAIN, rule);
    for (const rule of sandboxRules(own)) add(portmapChainName(network, sandbox), rule);
  }
  return {
    tables: [
      {
        table: 'nat',
        chains: nat.chains(),
        jumps: [
          jumpFrom('PREROUTING', 'append', DNAT_ENTRY),
          jumpFrom('OUTPUT', 'append', DNAT_ENTRY),
          jumpFrom('POSTROUTING', 'insert', MASQUERADE_ENTRY),
        ],
      },
    ],
    // So that 127.0.0.1 on the node can be forwarded to the Pod.
    sysctls: Object.fromEntries(mapped.map(({ pod }) => [`net.ipv4.conf.${deviceOf(pod)}.route_localnet`, '1'])),
  };
}

/** The host ports that a Pod asks for, as the runtime hands them on. */
export function portMappings(ports: readonly ContainerPort[]): readonly PortMapping[] {
  return ports.flatMap(({ hostPort, hostIp, containerPort, protocol: name }): readonly PortMapping[] => {
    if (hostPort === undefined || hostPort === 0) return [];
    return [{ protocol: name.toLowerCase() as Lowercase<typeof name>, hostPort, containerPort, hostIp }];
  });
}

function jumpFrom(hook: Jump['hook'], place: Jump['place'], { matches, target }: RuleSpec): Jump {
  return { hook, place, rule: makeRule('cni', 'nat', hook, matches, target) };
}
