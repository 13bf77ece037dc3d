import { once } from '../../../../base/kept.ts';
import { INSTANCE_TABLE } from './instanceTable.ts';

/** What an EC2 instance type's network allows. */
export interface InstanceLimits {
  /** Network interfaces, the primary one included. */
  readonly enis: number;
  /** IPv4 addresses an interface, its own primary one included. */
  readonly ipv4PerEni: number;
  /** Whether /28 prefixes can be had in place of addresses. */
  readonly prefixes: boolean;
}

const limits = once((): ReadonlyMap<string, InstanceLimits> => {
  const found = new Map<string, InstanceLimits>();
  for (const line of INSTANCE_TABLE.trim().split('\n')) {
    const [enis, ipv4PerEni, ...families] = line.split(' ');
    for (const entry of families) {
      const [family, sizes = ''] = entry.split(':');
      for (const size of sizes.split(',')) {
        const xen = size.endsWith('*');
        found.set(`${family}.${xen ? size.slice(0, -1) : size}`, {
          enis: Number(enis),
          ipv4PerEni: Number(ipv4PerEni),
          prefixes: !xen,
        });
      }
    }
  }
  return found;
});

/** @returns undefined for a type that EC2 does not have. */
export function instanceLimits(type: string): InstanceLimits | undefined {
  return limits().get(type);
}

const CPUS_PER_XLARGE = 4;
const FEW_CPUS = 2;
const METAL_CPUS = 96;

/** How many vCPUs an instance has, as the size in its type's name tells. */
export function cpusOf(type: string): number {
  const size = type.slice(type.indexOf('.') + 1);
  const times = /^(?:metal-)?(\d*)xl(?:arge)?$/.exec(size)?.[1];
  if (times !== undefined) return CPUS_PER_XLARGE * Number(times || 1);
  return size.startsWith('metal') ? METAL_CPUS : FEW_CPUS;
}

/** Pods whose address is the node's: aws-node and kube-proxy. */
const HOST_NETWORK_PODS = 2;
const ADDRESSES_PER_PREFIX = 16;

/** How an instance's interfaces are used. */
export interface InterfaceUse {
  /** The primary interface has no Pods. */
  readonly customNetworking?: boolean;
  readonly prefixes?: boolean;
}

/** Addresses that an instance can give to Pods, each interface keeping one to itself. */
export function podAddressLimit(
  { enis, ipv4PerEni }: Pick<InstanceLimits, 'enis' | 'ipv4PerEni'>,
  { customNetworking, prefixes }: InterfaceUse = {},
): number {
  return (customNetworking ? enis - 1 : enis) * (ipv4PerEni - 1) * (prefixes ? ADDRESSES_PER_PREFIX : 1);
}

/**
 * The maxPods that kubelet is started with: misc/eni-max-pods.txt, and its calculator for what is not the default.
 *
 * @param options.cpus of an instance with prefixes: 110 Pods are recommended up to 30 of them, 250 beyond.
 */
export function maxPods(
  limits: Pick<InstanceLimits, 'enis' | 'ipv4PerEni'>,
  options: InterfaceUse & { readonly cpus?: number } = {},
): number {
  const pods = podAddressLimit(limits, options) + HOST_NETWORK_PODS;
  return options.prefixes ? Math.min(pods, (options.cpus ?? 0) > 30 ? 250 : 110) : pods;
}
