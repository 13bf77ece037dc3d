import type { Match, TransportName } from '../../../datamodel/network/netfilter.ts';
import { familyOf, type IpAddress, type IpPrefix, ipPrefix, networkOf } from '../../../wire/address.ts';
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
import type { RuleSpec } from './node/iptables.ts';

export const DNAT_CHAIN = 'CNI-HOSTPORT-DNAT';
export const SET_MARK_CHAIN = 'CNI-HOSTPORT-SETMARK';
export const MASQUERADE_CHAIN = 'CNI-HOSTPORT-MASQ';
/** The plugin's default bit, 0x2000. */
export const DEFAULT_MARK_BIT = 13;
const LOCALHOST = ipPrefix('127.0.0.1/32');
/** multiport takes no more. */
const PORTS_PER_RULE = 15;
/** xt_comment takes no more. */
const COMMENT_LENGTH = 255;
/** XT_EXTENSION_MAXNAMELEN less the terminator. */
const CHAIN_LENGTH = 28;

/** One port mapping that portmap can make: of a transport it knows and for an address of the Pod's family. */
export interface PortMapping {
  readonly protocol: TransportName;
  readonly hostPort: number;
  readonly containerPort: number;
  /** undefined: all of the node's. */
  readonly hostIp: IpAddress | undefined;
}

/** A sandbox whose ports are mapped, and how. */
export interface MappedSandbox {
  readonly network: string;
  readonly sandbox: string;
  /** The Pod's address with the length of its subnet. */
  readonly address: IpPrefix;
  readonly ports: readonly PortMapping[];
  /** Marks what has to be masqueraded; undefined: nothing is (`snat` is off). */
  readonly setMarkChain: string | undefined;
  /** What else must hold for a packet to come to the sandbox's chain. */
  readonly conditions: readonly Match[];
}

/** The chain of one sandbox in one network (pkg/utils/utils.go, MustFormatChainNameWithPrefix). */
export function portmapChainName(network: string, sandbox: string): string {
  return `CNI-DN-${sha512Hex(network + sandbox)}`.slice(0, CHAIN_LENGTH);
}

export function setMarkRule(bit: number): RuleSpec {
  return { matches: [comment('CNI portfwd masquerade mark')], target: setMark(maskOf(bit)) };
}

export function masqueradeRule(bit: number): RuleSpec {
  return { matches: [mark(maskOf(bit))], target: masquerade(false) };
}

/** From POSTROUTING: it goes first there, lest another chain's rules decide before. */
export const MASQUERADE_ENTRY: RuleSpec = {
  matches: [comment('CNI portfwd requiring masquerade')],
  target: jump(MASQUERADE_CHAIN),
};

/** From PREROUTING and OUTPUT. */
export const DNAT_ENTRY: RuleSpec = { matches: [destinationType('LOCAL')], target: jump(DNAT_CHAIN) };

/** The rules of the common chain that lead to a sandbox's own, protocol by protocol. */
export function sandboxEntries({ network, sandbox, ports, conditions }: MappedSandbox): readonly RuleSpec[] {
  const note = comment(`dnat name: "${network}" id: "${sandbox}"`.slice(0, COMMENT_LENGTH));
  const target = jump(portmapChainName(network, sandbox));
  return [...new Set(ports.map((port) => port.protocol))].sort().flatMap((name) => {
    const own = ports
      .filter((port) => port.protocol === name)
      .map((port) => ({ from: port.hostPort, to: port.hostPort }));
    return Array.from({ length: Math.ceil(own.length / PORTS_PER_RULE) }, (_, i): RuleSpec => {
      const destination = own.slice(i * PORTS_PER_RULE, (i + 1) * PORTS_PER_RULE);
      return { matches: [...conditions, protocol(name), note, { type: 'multiport', destination }], target };
    });
  });
}

/** The rules of a sandbox's own chain (portmap_iptables.go, fillDnatRules). */
export function sandboxRules({ address, ports, setMarkChain }: MappedSandbox): readonly RuleSpec[] {
  const family = familyOf(address.address);
  return ports.flatMap((port): readonly RuleSpec[] => {
    if (port.hostIp !== undefined && familyOf(port.hostIp) !== family) return [];
    const everywhere = port.hostIp === undefined || port.hostIp === '0.0.0.0' || port.hostIp === '::';
    const matches = [
      ...(everywhere || port.hostIp === undefined ? [] : [destinationAddress(port.hostIp)]),
      protocol(port.protocol),
      destinationPort(port.protocol, port.hostPort),
    ];
    // Replies to neighbours on the bridge and to the node itself have to come back by way of the node.
    const froms =
      setMarkChain === undefined ? [] : [source(networkOf(address)), ...(family === 'IPv4' ? [source(LOCALHOST)] : [])];
    const to = { from: port.containerPort, to: port.containerPort };
    return [
      ...froms.map((from): RuleSpec => ({ matches: [from, ...matches], target: jump(setMarkChain ?? '') })),
      { matches, target: { type: 'DNAT', address: address.address, ports: to } },
    ];
  });
}

function maskOf(bit: number): number {
  return (1 << bit) >>> 0;
}
