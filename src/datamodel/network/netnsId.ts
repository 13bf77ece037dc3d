/**
 * Name of a network namespace, in the words users type: `pod/NAMESPACE/NAME`, `node/NAME`, the address of a host
 * outside the cluster, `router/NAME`, or {@link UNDERLAY} for the switch between the nodes.
 */
export type NetnsId = string;

export const UNDERLAY: NetnsId = 'underlay';

export function routerNetns(name: string): NetnsId {
  return `router/${name}`;
}
