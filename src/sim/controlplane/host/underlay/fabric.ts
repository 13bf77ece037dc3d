import type { Node } from '../../../../datamodel/kubernetes/node.ts';
import {
  type IpAddress,
  type IpPrefix,
  ipAddress,
  ipPrefix,
  ipv4FromNumber,
  ipv4ToNumber,
  prefixContains,
} from '../../../../wire/address.ts';
import { firstApart } from './freeSubnet.ts';

/** Of the numbers that a cable's subnet is made of, a spine's and a top-of-rack router's are digits. */
export const MOST_RACKS = 9;
export const SPINES = 2;

/** Where the fabric has its addresses: two of the four bytes are its own. */
const BASES = ['10.255.0.0/16', '10.254.0.0/16', '172.31.0.0/16', '100.127.0.0/16'].map(ipPrefix);
const FIRST_NODE = 101;
/** Values of the third byte that are left for nodes. */
const NODE_BYTES = 155;

/** The range of the fabric's cables. @param own ranges of Pods and Services. */
export function fabricBase(own: readonly IpPrefix[]): IpPrefix {
  return firstApart(BASES, own) ?? ipPrefix('10.255.0.0/16');
}

/** The /31 between a spine and a top-of-rack router, both counted from 1: 10.255.12.0 is spine 1 and rack 2. */
export function fabricCable(base: IpPrefix, spine: number, rack: number): IpPrefix {
  return { address: at(base, spine * 10 + rack, 0), length: 31 };
}

/** The node's end of its cable, for the n-th node from 0: 10.255.101.1 is the first. */
export function nodeEnd(base: IpPrefix, n: number): IpAddress {
  return at(base, FIRST_NODE + (n % NODE_BYTES), 2 * Math.floor(n / NODE_BYTES) + 1);
}

/** The other address of a /31. */
export function otherEnd(address: IpAddress): IpAddress {
  return ipv4FromNumber((ipv4ToNumber(address) ^ 1) >>> 0);
}

/** Whether nodes can have a cable each with the addresses that they have: nobody has the other end's, nor a spine's. */
export function canKeep(nodes: readonly Node[], addresses: readonly IpAddress[], base: IpPrefix): boolean {
  const taken = new Set(nodes.flatMap(({ internalIps }) => internalIps));
  const isFabric = (address: IpAddress): boolean =>
    prefixContains(base, address) && ((ipv4ToNumber(address) >>> 8) & 0xff) < FIRST_NODE;
  return addresses.every((address) => !taken.has(otherEnd(address)) && !isFabric(address));
}

function at(base: IpPrefix, third: number, fourth: number): IpAddress {
  const [a, b] = base.address.split('.');
  return ipAddress(`${a}.${b}.${third}.${fourth}`);
}
