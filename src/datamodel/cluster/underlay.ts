/** What lies between the nodes. */
export type UnderlayName = 'l2' | 'two-subnets' | 'leaf-spine' | 'cloud-vpc' | 'filtered';

/** All of them, the default first. */
export const UNDERLAYS: readonly UnderlayName[] = ['l2', 'two-subnets', 'leaf-spine', 'cloud-vpc', 'filtered'];

/** What an underlay can be told; what does not concern the one in force is passed by. */
export interface UnderlayOptions {
  /** MTU of the nodes' NICs; absent: 9001 in a cloud's VPC, else 1500. */
  readonly mtu?: number;
  /** The cloud drops what an instance sends or gets that is not from or to its own address. Default true. */
  readonly sourceDestinationCheck?: boolean;
  /** What the filtered network lets through: `tcp`, `udp/53`, `icmp`, `4` (a protocol's number). */
  readonly passes?: readonly string[];
}
