import type { CgroupProgram, DeviceProgram } from '../../datamodel/network/ebpf.ts';
import type { IpSet } from '../../datamodel/network/ipset.ts';
import type { VirtualServer } from '../../datamodel/network/ipvs.ts';
import type { Link } from '../../datamodel/network/link.ts';
import type { Listener } from '../../datamodel/network/listener.ts';
import type { NetfilterTable } from '../../datamodel/network/netfilter.ts';
import type { Netns, Resolver, Sysctls } from '../../datamodel/network/netns.ts';
import type { NetnsId } from '../../datamodel/network/netnsId.ts';
import type { NftTable } from '../../datamodel/network/nftables.ts';
import type { PolicyRule } from '../../datamodel/network/policyRule.ts';
import {
  type FdbEntry,
  type InterfaceAddress,
  MAIN_TABLE,
  type Neighbor,
  type Owner,
  type Route,
} from '../../datamodel/network/tables.ts';
import {
  familyOf,
  formatPrefix,
  type IpAddress,
  type IpPrefix,
  ipPrefix,
  lastAddress,
  type MacAddress,
  macAddress,
  networkOf,
} from '../../wire/address.ts';
import { composeTable, type TableChanges } from './netfilter/tableChanges.ts';
import { KERNEL_DEFAULTS } from './sysctls.ts';

/** What one agent writes into one network namespace. */
export interface NetnsParts {
  readonly links?: readonly Link[];
  readonly addresses?: readonly InterfaceAddress[];
  readonly routes?: readonly Route[];
  /** In place of those that there were. */
  readonly policyRules?: readonly PolicyRule[];
  readonly neighbors?: readonly Neighbor[];
  readonly fdb?: readonly FdbEntry[];
  readonly tables?: readonly TableChanges[];
  readonly ipsets?: readonly IpSet[];
  readonly virtualServers?: readonly VirtualServer[];
  readonly nftables?: readonly NftTable[];
  readonly cgroupPrograms?: readonly CgroupProgram[];
  readonly devicePrograms?: readonly DeviceProgram[];
  readonly sysctls?: Sysctls;
  readonly listeners?: readonly Listener[];
  readonly resolver?: Resolver;
}

/** A namespace after all agents have been there, in the order in which they came. */
export function joinNetns(id: NetnsId, parts: readonly NetnsParts[]): Netns {
  const changes = parts.flatMap((part) => part.tables ?? []);
  const ipsets = parts.flatMap((part) => part.ipsets ?? []);
  const virtualServers = parts.find((part) => part.virtualServers)?.virtualServers;
  const resolver = parts.find((part) => part.resolver)?.resolver;
  return {
    id,
    links: parts.flatMap((part) => part.links ?? []).sort((a, b) => a.index - b.index),
    addresses: parts.flatMap((part) => part.addresses ?? []),
    routes: parts.flatMap((part) => part.routes ?? []),
    ...rulesOf(parts),
    neighbors: parts.flatMap((part) => part.neighbors ?? []),
    fdb: parts.flatMap((part) => part.fdb ?? []),
    netfilter: tablesOf(changes),
    ...(ipsets.length > 0 && { ipsets }),
    ...(virtualServers && { virtualServers }),
    ...(parts.some((part) => part.nftables)
      ? { nftables: parts.flatMap((part) => part.nftables ?? []), registered: registered(parts) }
      : {}),
    ...programsOf(parts),
    sysctls: Object.assign({}, KERNEL_DEFAULTS, ...parts.map((part) => part.sysctls ?? {})),
    listeners: parts.flatMap((part) => part.listeners ?? []),
    ...(resolver ? { resolver } : {}),
  };
}

function rulesOf(parts: readonly NetnsParts[]): Pick<Netns, 'policyRules'> {
  const policyRules = parts.findLast((part) => part.policyRules)?.policyRules;
  return policyRules ? { policyRules } : {};
}

function programsOf(parts: readonly NetnsParts[]): Pick<Netns, 'ebpf'> {
  const cgroup = parts.flatMap((part) => part.cgroupPrograms ?? []);
  const devices = parts.flatMap((part) => part.devicePrograms ?? []);
  return cgroup.length + devices.length > 0 ? { ebpf: { cgroup, devices } } : {};
}

/** Base chains in the order in which agents made them: iptables makes a built-in chain when the first rule goes into it. */
function registered(parts: readonly NetnsParts[]): readonly string[] {
  const names = parts.flatMap((part) => [
    ...(part.tables ?? []).flatMap(({ family, table, jumps }) =>
      jumps.map(({ hook }) => `${family === 'ipv6' ? 'ip6tables' : 'iptables'} ${table} ${hook}`),
    ),
    ...(part.nftables ?? []).flatMap(({ family, name, baseChains }) =>
      baseChains.map((chain) => `${family} ${name} ${chain.name}`),
    ),
  ]);
  return [...new Set(names)];
}

/** Tables exist from the first rule somebody writes into them. */
function tablesOf(changes: readonly TableChanges[]): readonly NetfilterTable[] {
  return (['ipv4', 'ipv6'] as const).flatMap((family) =>
    (['mangle', 'raw', 'filter', 'nat'] as const)
      .filter((name) => changes.some((change) => change.table === name && (change.family ?? 'ipv4') === family))
      .map((name) => composeTable(name, changes, family)),
  );
}

/** `ip addr add`, with the broadcast address that goes with the prefix. */
export function interfaceAddress(
  owner: Owner,
  link: string,
  prefix: IpPrefix,
  scope: InterfaceAddress['scope'] = 'global',
): InterfaceAddress {
  const { address, length } = prefix;
  const shared = scope === 'global' && familyOf(address) === 'IPv4' && length < 31;
  return {
    id: `${link}/${formatPrefix(prefix)}`,
    owner,
    link,
    address,
    prefixLength: length,
    scope,
    ...(shared ? { broadcast: lastAddress(prefix) } : {}),
  };
}

/** `ip route add` into the main table, in the manner of agents: protocol boot, no metric. */
export function mainRoute(
  owner: Owner,
  destination: IpPrefix,
  rest: Pick<Route, 'via' | 'dev' | 'onlink'> & { readonly scope?: Route['scope']; readonly type?: Route['type'] },
): Route {
  const network = networkOf(destination);
  return {
    id: `main/${formatPrefix(network)}`,
    owner,
    table: MAIN_TABLE,
    type: 'unicast',
    destination: network,
    scope: 'global',
    metric: 0,
    protocol: 'boot',
    ...rest,
  };
}

export function permanentNeighbor(owner: Owner, dev: string, address: IpAddress, mac: MacAddress): Neighbor {
  return { id: `${dev}/${address}`, owner, dev, address, mac, state: 'PERMANENT' };
}

/** The MACs that a bridge keeps for itself: its own and its ports', which are all this machine's. */
export function bridgeMacs(links: readonly Link[]): readonly FdbEntry[] {
  return links.flatMap((link): readonly FdbEntry[] => {
    const master = link.kind === 'bridge' ? link.name : link.port?.bridge;
    if (master === undefined) return [];
    const { name: dev, mac } = link;
    return [{ id: `${dev}/${mac}`, owner: 'kernel', dev, mac, master, state: 'permanent' }];
  });
}

/** The loopback device every namespace has, up. */
export function loopback(owner: Owner): NetnsParts {
  return {
    links: [
      {
        kind: 'loopback',
        name: 'lo',
        index: 1,
        owner,
        mac: macAddress('00:00:00:00:00:00'),
        mtu: 65536,
        up: true,
      },
    ],
    addresses: [interfaceAddress(owner, 'lo', ipPrefix('127.0.0.1/8'), 'host')],
  };
}
