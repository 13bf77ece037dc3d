import { keptWith } from '../../../../base/kept.ts';
import type { Pod } from '../../../../datamodel/kubernetes/pod.ts';
import { hostPrefix, type IpPrefix } from '../../../../wire/address.ts';
import { maxPods } from '../../ipam/aws/instanceLimits.ts';
import { Ipamd, type IpamdCheckpoint } from '../../ipam/aws/ipamd.ts';
import type { NodeEni } from '../../ipam/aws/nodeEni.ts';
import {
  type AssignedAddresses,
  addressesBy,
  givenAddress,
  hasSandbox,
  type IpamMemory,
  nodeAddress,
  type PodAddress,
  podKey,
  sandboxFailure,
} from '../../ipam/podAddresses.ts';
import type { NetworkObjects } from '../provider.ts';
import { AWS_DEFAULTS } from './awsDefaults.ts';
import { limitsOf } from './instance.ts';
import { vpcSubnets } from './vpcSubnets.ts';

const PLUGIN = 'aws-cni';
const EXHAUSTED = 'add cmd: failed to assign an IP address to container';

export interface EniAddresses extends AssignedAddresses {
  /** In the order in which they were attached. */
  readonly enis: ReadonlyMap<string, readonly NodeEni[]>;
  /** The nodes' subnet. */
  readonly subnet: IpPrefix;
  /** Nodes that no ENIConfig holds for, where there has to be one. */
  readonly unconfigured: readonly string[];
}

/** What is known of clusters that nothing has happened to, or whose ipamds went on from what they had written down. */
const known = keptWith((_: NetworkObjects) => new Map<IpamMemory['aws'], EniAddresses>());

/**
 * Addresses of the VPC, as each node's ipamd hands them out from the instance's interfaces, in the order of the Pods.
 *
 * @param memory what the ipamds have written down, if they have handed out addresses before; whoever is gone since has given the
 * address back.
 * @param now in seconds; as long as it is not said, no time has passed.
 */
export function assignFromEnis(
  objects: NetworkObjects,
  memory?: IpamMemory['aws'],
  now = memory?.at ?? 0,
): EniAddresses {
  const kept = known(objects);
  const isNow = now === (memory?.at ?? 0);
  const found = isNow ? kept.get(memory) : undefined;
  if (found) return found;
  const assigned = goOn(objects, memory, now) ?? goOn(objects, memory, now, true);
  if (assigned === undefined) throw new Error('ipamd refuses an address that it was told to take over');
  if (isNow) kept.set(memory, assigned);
  return assigned;
}

/**
 * @param takeOver whether addresses that the objects give may be others than EC2 would have given.
 * @returns undefined when they are and may not.
 */
function goOn(
  objects: NetworkObjects,
  memory: IpamMemory['aws'],
  now: number,
  takeOver = false,
): EniAddresses | undefined {
  const { nodes, pods } = objects;
  const live = pods.filter((pod) => hasSandbox(pod) && !pod.hostNetwork);
  const { ipamds, subnets, unconfigured } = startAll(objects, memory, takeOver ? live : []);
  const owners = new Set(live.map(ownerOf));
  for (const { pool } of ipamds.values()) {
    for (const owner of pool.owners) if (!owners.has(owner)) pool.unassign(owner, now);
  }
  for (const ipamd of ipamds.values()) ipamd.settle(now);
  const given = new Map<string, PodAddress>();
  for (const pod of live) {
    const ipamd = ipamds.get(pod.nodeName ?? '');
    const address = givenAddress(pod);
    if (ipamd === undefined) continue;
    if (address === undefined) given.set(podKey(pod.metadata), handOut(ipamd, pod, now));
    else if (takeOver) ipamd.takeOver(ownerOf(pod), address, now);
    else if (!ipamd.pool.adopt(ownerOf(pod), address, now)) return undefined;
    ipamd.settle(now);
  }
  const enis = new Map(
    [...ipamds].map(([name, ipamd]) => {
      const node = nodes.find(({ metadata }) => metadata.name === name);
      const further = (node && subnets.podsOf(node)) ?? subnets.nodes;
      return [name, enisOf(ipamd, now, { primary: subnets.nodes.cidr, further: further.cidr })];
    }),
  );
  return {
    addresses: addressesBy(nodes, pods, (pod) => given.get(podKey(pod.metadata)) ?? exhausted(pod)),
    memory: {
      lastHandedOut: new Map(),
      aws: { at: now, nodes: new Map([...ipamds].map(([name, { checkpoint }]) => [name, checkpoint])) },
    },
    enis,
    subnet: subnets.nodes.cidr,
    unconfigured,
  };
}

/** @param known Pods whose addresses nobody else may get. */
function startAll(objects: NetworkObjects, memory: IpamMemory['aws'], known: readonly Pod[]) {
  const config = objects.network.awsVpc ?? AWS_DEFAULTS;
  const subnets = vpcSubnets(objects, config);
  const unconfigured: string[] = [];
  const all = objects.nodes.flatMap((node) => subnets.podsOf(node) ?? []);
  const hold = (prefix: IpPrefix): void => {
    for (const subnet of new Set([subnets.nodes, ...all])) subnet.hold(prefix);
  };
  for (const pod of known) {
    const address = givenAddress(pod);
    if (address !== undefined) hold(hostPrefix(address));
  }
  for (const checkpoint of memory?.nodes.values() ?? []) for (const prefix of heldBy(checkpoint)) hold(prefix);
  const ipamds = new Map<string, Ipamd>();
  for (const node of objects.nodes) {
    const address = nodeAddress(node);
    if (address === undefined) continue;
    const { name } = node.metadata;
    const { prefixes, cpus, ...limits } = limitsOf(node, config);
    const further = subnets.podsOf(node);
    if (further === undefined) unconfigured.push(name);
    const customNetworking = config.customNetworking !== undefined;
    const ipamd = new Ipamd(
      {
        // without an ENIConfig nothing can be attached
        limits: further ? limits : { ...limits, enis: 1 },
        targets: config.warm,
        prefixDelegation: prefixes,
        customNetworking,
        maxPods: node.maxPods ?? maxPods(limits, { prefixes, cpus }),
        cooldown: config.cooldown,
        subnets: { node: subnets.nodes, pods: further ?? subnets.nodes },
        address,
      },
      memory?.nodes.get(name),
    );
    ipamds.set(name, ipamd);
  }
  return { ipamds, subnets, unconfigured };
}

function* heldBy({ enis }: IpamdCheckpoint): Generator<IpPrefix> {
  for (const { address, cidrs } of enis) {
    if (address !== undefined) yield hostPrefix(address);
    for (const { prefix } of cidrs) yield prefix;
  }
}

function handOut(ipamd: Ipamd, pod: Pod, now: number): PodAddress {
  const assigned = ipamd.pool.assign(ownerOf(pod), now);
  return assigned ? { ok: true, address: assigned.address } : exhausted(pod);
}

function exhausted(pod: Pod): PodAddress {
  return sandboxFailure(pod, PLUGIN, EXHAUSTED, PLUGIN);
}

function enisOf(
  { pool }: Ipamd,
  now: number,
  subnets: { readonly primary: IpPrefix; readonly further: IpPrefix },
): readonly NodeEni[] {
  return pool.enis.flatMap(({ deviceNumber, primary, address, cidrs }) =>
    address === undefined
      ? []
      : [
          {
            deviceNumber,
            address,
            subnet: primary ? subnets.primary : subnets.further,
            cidrs: cidrs.map(({ prefix }) => prefix),
            pods: cidrs.flatMap(({ owners }) => [...owners.values()]),
            cooling: new Map(cidrs.flatMap((cidr) => [...cidr.coolingUntil(now, pool.cooldown)])),
          },
        ],
  );
}

/** Whom an address is written down for: a Pod that was made again under its old name is another one. */
function ownerOf({ metadata }: Pod): string {
  return `${podKey(metadata)} ${metadata.uid}`;
}
