import type { ContainerPort } from '../../../datamodel/kubernetes/pod.ts';
import type { Match, TransportName } from '../../../datamodel/network/netfilter.ts';
import { familyOf, type IpAddress, type IpPrefix, ipPrefix } from '../../../wire/address.ts';
import { sha512Hex } from '../digest.ts';
import {
  comment,
  destinationAddress,
  destinationPort,
  destinationType,
  jump,
  mark,
  masquerade,
  protocol,
  setMark,
  source,
} from '../netfilter/match.ts';
import { ChainWriter, type Jump, makeRule } from '../netfilter/tableChanges.ts';
import type { NetnsParts } from '../netnsParts.ts';
import type { NodePlan, PodPlan } from '../nodePlan.ts';
import { sandboxId } from './sandbox.ts';

const DNAT_CHAIN = 'CNI-HOSTPORT-DNAT';
const SET_MARK_CHAIN = 'CNI-HOSTPORT-SETMARK';
const MASQUERADE_CHAIN = 'CNI-HOSTPORT-MASQ';
/** Bit 13, the plugin's default. */
const MARK = 0x2000;
const LOCALHOST = ipPrefix('127.0.0.1/32');
/** multiport takes no more. */
const PORTS_PER_RULE = 15;
/** xt_comment takes no more. */
const COMMENT_LENGTH = 255;
/** XT_EXTENSION_MAXNAMELEN less the terminator. */
const CHAIN_LENGTH = 28;

/** One port mapping that portmap can make: of a transport it knows and for an address of the Pod's family. */
interface PortMapping {
  readonly protocol: TransportName;
  readonly hostPort: number;
  readonly containerPort: number;
  readonly hostIp: IpAddress | undefined;
}

/** The chain of one sandbox in one network (pkg/utils/utils.go, MustFormatChainNameWithPrefix). */
export function portmapChainName(network: string, sandbox: string): string {
  return `CNI-DN-${sha512Hex(network + sandbox)}`.slice(0, CHAIN_LENGTH);
}

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
  nat.declare(DNAT_CHAIN);
  nat.add(SET_MARK_CHAIN, [comment('CNI portfwd masquerade mark')], setMark(MARK));
  nat.add(MASQUERADE_CHAIN, [mark(MARK)], masquerade(false));
  for (const { pod, ports } of mapped) writePod(nat, network, pod, ports, source(sourceOf(pod)));
  return {
    tables: [{ table: 'nat', chains: nat.chains(), jumps: jumps() }],
    // So that 127.0.0.1 on the node can be forwarded to the Pod.
    sysctls: Object.fromEntries(mapped.map(({ pod }) => [`net.ipv4.conf.${deviceOf(pod)}.route_localnet`, '1'])),
  };
}

function portMappings(ports: readonly ContainerPort[]): readonly PortMapping[] {
  return ports.flatMap(({ hostPort, hostIp, containerPort, protocol: name }): readonly PortMapping[] => {
    if (hostPort === undefined || hostPort === 0 || (hostIp && familyOf(hostIp) === 'IPv6')) return [];
    const everywhere = hostIp === '0.0.0.0';
    return [
      {
        protocol: name.toLowerCase() as Lowercase<typeof name>,
        hostPort,
        containerPort,
        hostIp: everywhere ? undefined : hostIp,
      },
    ];
  });
}

function writePod(
  nat: ChainWriter,
  network: string,
  pod: PodPlan,
  ports: readonly PortMapping[],
  fromSubnet: Match,
): void {
  const sandbox = sandboxId(pod.pod);
  const chain = portmapChainName(network, sandbox);
  const note = comment(`dnat name: "${network}" id: "${sandbox}"`.slice(0, COMMENT_LENGTH));
  for (const name of [...new Set(ports.map((port) => port.protocol))].sort()) {
    const own = ports
      .filter((port) => port.protocol === name)
      .map((port) => ({ from: port.hostPort, to: port.hostPort }));
    for (let i = 0; i < own.length; i += PORTS_PER_RULE) {
      const multiport: Match = { type: 'multiport', destination: own.slice(i, i + PORTS_PER_RULE) };
      nat.add(DNAT_CHAIN, [protocol(name), note, multiport], jump(chain));
    }
  }
  for (const port of ports) {
    const matches = [
      ...(port.hostIp ? [destinationAddress(port.hostIp)] : []),
      protocol(port.protocol),
      destinationPort(port.protocol, port.hostPort),
    ];
    // Replies to neighbours on the bridge and to the node itself have to come back by way of the node.
    for (const from of [fromSubnet, source(LOCALHOST)]) nat.add(chain, [from, ...matches], jump(SET_MARK_CHAIN));
    const ports = { from: port.containerPort, to: port.containerPort };
    nat.add(chain, matches, { type: 'DNAT', address: pod.address, ports });
  }
}

/** The masquerading goes first in POSTROUTING, lest another chain's rules decide before. */
function jumps(): readonly Jump[] {
  const local = [destinationType('LOCAL')];
  const requiring = [comment('CNI portfwd requiring masquerade')];
  return [
    { hook: 'PREROUTING', place: 'append', rule: makeRule('cni', 'nat', 'PREROUTING', local, jump(DNAT_CHAIN)) },
    { hook: 'OUTPUT', place: 'append', rule: makeRule('cni', 'nat', 'OUTPUT', local, jump(DNAT_CHAIN)) },
    {
      hook: 'POSTROUTING',
      place: 'insert',
      rule: makeRule('cni', 'nat', 'POSTROUTING', requiring, jump(MASQUERADE_CHAIN)),
    },
  ];
}
