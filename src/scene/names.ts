import type { CniBackend } from '../datamodel/cluster/command.ts';
import type { ClusterView } from '../datamodel/cluster/view.ts';
import type { NetnsId } from '../datamodel/network/netnsId.ts';
import { UNDERLAY } from '../datamodel/network/netnsId.ts';
import type { IpAddress } from '../wire/address.ts';
import { endpoint } from './describe.ts';

/** What addresses and namespaces of one cluster are called. */
export interface Names {
  /** How the cluster's Pods are connected. */
  readonly cni: CniBackend;
  /** `the Pod backend-r8m3q`, `the Service backend`; undefined for addresses nobody has. */
  address(address: IpAddress): string | undefined;
  /** The bare name behind an address: `backend-r8m3q`. */
  short(address: IpAddress): string | undefined;
  /** `worker-01`, `the Pod frontend`, `the underlay`, `the host 192.168.1.100`. */
  netns(netns: NetnsId): string;
}

interface Name {
  readonly kind: string;
  readonly name: string;
}

export function namesOf(cluster: ClusterView): Names {
  const addresses = new Map<string, Name>();
  const spaces = new Map<NetnsId, string>([[UNDERLAY, 'the underlay']]);
  const put = (address: string | undefined, kind: string, name: string): void => {
    if (address !== undefined && !addresses.has(address)) addresses.set(address, { kind, name });
  };
  for (const node of cluster.nodes) {
    put(node.address, '', node.name);
    spaces.set(node.netns, node.name);
  }
  for (const pod of cluster.pods) {
    if (pod.hostNetwork) continue;
    put(pod.address, 'the Pod ', pod.name);
    spaces.set(pod.netns, `the Pod ${pod.name}`);
  }
  for (const service of cluster.services) put(service.clusterIp, 'the Service ', service.name);
  for (const node of cluster.nodes) {
    for (const device of node.devices) {
      if (device.kind === 'loopback') continue;
      for (const address of device.addresses) put(bare(address), '', `${node.name}'s ${device.name}`);
    }
  }
  for (const host of cluster.outside) {
    const kind = host.kind === 'load-balancer' ? 'the load balancer ' : 'the host ';
    put(host.address, kind, host.address);
    spaces.set(host.netns, `${kind}${host.address}`);
  }
  for (const { netns, name, role, devices } of cluster.underlay.routers) {
    if (role === 'switch') continue;
    spaces.set(netns, `the router ${name}`);
    for (const { addresses, name: device } of devices)
      if (device !== 'lo') for (const address of addresses) put(bare(address), '', `the router ${name}`);
  }
  put(cluster.underlay.gateway, 'the gateway ', cluster.underlay.gateway);
  return {
    cni: cluster.cni,
    address: (address) => {
      const found = addresses.get(address);
      return found && `${found.kind}${found.name}`;
    },
    short: (address) => addresses.get(address)?.name,
    netns: (netns) => spaces.get(netns) ?? netns,
  };
}

/** `the Pod backend (10.244.2.47)`, or the address alone. */
export function called(names: Names, address: IpAddress): string {
  const name = names.address(address);
  return name === undefined || name.includes(address) ? (name ?? address) : `${name} (${endpoint(address)})`;
}

/** `the Service backend, 10.96.42.10:80`, of an address with or without port. */
export function withName(label: string, names: Names): string {
  const match = /^\[?([0-9a-f.:]+?)\]?(?::\d+)?$/i.exec(label);
  const name = match?.[1] === undefined ? undefined : names.address(match[1] as IpAddress);
  return name === undefined || name.includes(label) ? (name ?? label) : `${name}, ${label}`;
}

/** Without a prefix length. */
function bare(address: string): string {
  const slash = address.indexOf('/');
  return slash < 0 ? address : address.slice(0, slash);
}
