import type { AddressBlock, AddressGroup, AddressUse } from '../datamodel/cluster/addressSpace.ts';
import {
  addressAt,
  addressesIn,
  addressToBigint,
  formatPrefix,
  type IpAddress,
  type IpPrefix,
  lastAddress,
  networkOf,
  prefixContains,
} from '../wire/address.ts';
import type { Addressing } from './addressing.ts';
import type { NodeEni } from './controlplane/ipam/aws/nodeEni.ts';

type Uses = ReadonlyMap<IpAddress, AddressUse>;

/** What AWS keeps of every subnet, by the place in it. */
const KEPT: readonly (readonly [number, string])[] = [
  [0, 'network address'],
  [1, 'the VPC’s router'],
  [2, 'the VPC’s name server'],
  [3, 'AWS, for later'],
];

/** An address or a prefix of an interface, as the range has it. */
interface Held {
  readonly blocks: readonly AddressBlock[];
  readonly uses: readonly AddressUse[];
}

/** Subnets from which interfaces have addresses for Pods: whose interface each is, and who has it. */
export function interfaceRanges(
  { nodes, now }: Addressing,
  interfaces: ReadonlyMap<string, readonly NodeEni[]>,
  uses: Uses,
): readonly AddressBlock[] {
  const own = networkOf(nodes);
  const others = [...interfaces.values()].flat().map(({ subnet }) => subnet);
  const subnets = new Map([own, ...others].map((subnet) => [formatPrefix(subnet), subnet]));
  return [...subnets].map(([text, prefix]): AddressBlock => {
    const groups = [...interfaces].flatMap(([node, enis]): readonly AddressGroup[] => {
      const here = enis.filter(({ subnet }) => formatPrefix(subnet) === text);
      if (here.length === 0) return [];
      const parts = here.map((eni) => interfaceGroup(node, eni, uses, now));
      return [{ name: node, groups: parts, blocks: [], uses: [] }];
    });
    const devices = groups.flatMap((group) => group.groups);
    const blocks = devices
      .flatMap((device) => device.blocks)
      .sort((a, b) => compare(a.prefix.address, b.prefix.address));
    const held = new Map(devices.flatMap((device) => device.uses).map((use) => [use.address, use]));
    const rest = [...uses.values()].filter(
      ({ address }) =>
        prefixContains(prefix, address) &&
        !held.has(address) &&
        !blocks.some((block) => prefixContains(block.prefix, address)),
    );
    const taken = new Set([...rest.map(({ address }) => address), ...held.keys()]);
    return {
      prefix,
      name: text === formatPrefix(own) ? 'Nodes and Pods' : 'Pods',
      blocks,
      uses: [...rest, ...held.values(), ...keptOf(prefix).filter(({ address }) => !taken.has(address))].sort((a, b) =>
        compare(a.address, b.address),
      ),
      groups,
    };
  });
}

function interfaceGroup(node: string, eni: NodeEni, uses: Uses, now: number): AddressGroup {
  const device = `eth${eni.deviceNumber}`;
  const stateOf = (address: IpAddress): AddressUse => {
    const use = uses.get(address);
    if (use !== undefined) return { ...use, interface: device };
    const until = eni.cooling.get(address);
    const rests = until !== undefined && until >= now;
    return {
      address,
      state: rests ? 'cooling' : 'warm',
      owner: device,
      node,
      interface: device,
      ...(rests && { restsFor: until - now }),
    };
  };
  const own: AddressUse = { address: eni.address, state: 'device', owner: device, node, interface: device };
  const held = eni.cidrs.map((prefix): Held => {
    if (addressesIn(prefix) === 1n) return { blocks: [], uses: [stateOf(prefix.address)] };
    const all = Array.from({ length: Number(addressesIn(prefix)) }, (_, i) => stateOf(addressAt(prefix, i)));
    return { blocks: [{ prefix, name: 'prefix', node, interface: device, blocks: [], uses: all }], uses: [] };
  });
  return {
    name: device,
    groups: [],
    blocks: held.flatMap(({ blocks }) => blocks),
    uses: [own, ...held.flatMap((each) => each.uses)],
  };
}

function keptOf(prefix: IpPrefix): readonly AddressUse[] {
  return [
    ...KEPT.map(([place, owner]): AddressUse => ({ address: addressAt(prefix, place), state: 'kept', owner })),
    { address: lastAddress(prefix), state: 'kept', owner: 'broadcast address' },
  ];
}

function compare(a: IpAddress, b: IpAddress): number {
  const [left, right] = [addressToBigint(a), addressToBigint(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}
