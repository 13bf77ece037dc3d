import { sha1 } from '@noble/hashes/legacy.js';
import type { Link } from '../../../../datamodel/network/link.ts';
import type { Route } from '../../../../datamodel/network/tables.ts';
import { hostPrefix, type IpAddress, type MacAddress, macFromBytes } from '../../../../wire/address.ts';
import { interfaceAddress, mainRoute, type NetnsParts, permanentNeighbor } from '../../netnsParts.ts';
import type { NodePlan } from '../../nodePlan.ts';
import { sharesSubnet } from '../sameSubnet.ts';
import type { Reachable } from './blocks.ts';
import { encapsulates } from './pools.ts';

const OWNER = 'felix';
const NIC = 'eth0';
const DEV = 'vxlan.calico';
/** What Felix marks routes with that no interface of Pods has. */
const PROTOCOL = { protocol: '80' } as const;

export interface Vteps {
  readonly mtu: number;
  readonly vni: number;
  readonly port: number;
  readonly addresses: ReadonlyMap<NodePlan, IpAddress>;
  /** Programs say of each packet where it goes: the device need know nothing, and has the kernel's own MTU. */
  readonly byPrograms?: boolean;
}

/** Of a device that no other lies under. */
const KERNEL_MTU = 1500;

/**
 * Felix's VXLAN device (felix/dataplane/linux/vxlan_mgr.go): like flannel's it learns nothing, and every other node's VTEP is
 * written down. Blocks are reached through it, or directly where the pool says CrossSubnet and the nodes share one.
 */
export function felixVxlan(
  node: NodePlan,
  { mtu, vni, port, addresses, byPrograms }: Vteps,
  reachable: readonly Reachable[],
): NetnsParts {
  const own = addresses.get(node);
  if (own === undefined) return {};
  const others = [...addresses].filter(([other]) => other !== node);
  const link: Link = {
    kind: 'vxlan',
    name: DEV,
    index: Math.max(2, ...node.pods.map((pod) => pod.hostVethIndex)) + 1,
    owner: OWNER,
    mac: vtepMac(node),
    mtu: byPrograms ? KERNEL_MTU : mtu,
    up: true,
    vni: byPrograms ? 0 : vni,
    local: node.address,
    lower: NIC,
    destinationPort: port,
    learning: false,
    udpChecksum: !byPrograms,
    ...(byPrograms && { external: true }),
  };
  return {
    links: [link],
    addresses: [interfaceAddress(OWNER, DEV, hostPrefix(own))],
    routes: reachable.flatMap((each) => (each.pool.vxlan === 'Never' ? [] : routesTo(node, each, addresses))),
    neighbors: others.map(([other, address]) => permanentNeighbor(OWNER, DEV, address, vtepMac(other))),
    fdb: (byPrograms ? [] : others).map(([other]) => ({
      id: `${DEV}/${vtepMac(other)}`,
      owner: OWNER,
      dev: DEV,
      mac: vtepMac(other),
      self: true,
      dst: other.address,
      state: 'permanent',
    })),
  };
}

function routesTo(
  node: NodePlan,
  { prefix, node: other, pool, isBlock }: Reachable,
  addresses: ReadonlyMap<NodePlan, IpAddress>,
): readonly Route[] {
  if (other === node) return isBlock ? [{ ...mainRoute(OWNER, prefix, { type: 'blackhole' }), ...PROTOCOL }] : [];
  if (!encapsulates(pool.vxlan, sharesSubnet(node, other))) {
    return [{ ...mainRoute(OWNER, prefix, { via: other.address, dev: NIC, onlink: true }), ...PROTOCOL }];
  }
  const via = addresses.get(other);
  return via === undefined ? [] : [mainRoute(OWNER, prefix, { via, dev: DEV, onlink: true })];
}

/** `66:` and the first five bytes of the node's name's SHA-1. */
function vtepMac(node: NodePlan): MacAddress {
  const bytes = sha1(new TextEncoder().encode(node.node.metadata.name));
  return macFromBytes(Uint8Array.of(0x66, ...bytes.subarray(0, 5)), 0);
}
