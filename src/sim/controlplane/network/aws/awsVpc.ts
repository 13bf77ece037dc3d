import type { CniBackend } from '../../../../datamodel/cluster/command.ts';
import { hostPrefix, type IpPrefix } from '../../../../wire/address.ts';
import { portmapOnNode } from '../../cni/portmap.ts';
import type { NodeEni } from '../../ipam/aws/nodeEni.ts';
import type { NodePlan, PlannedNodes } from '../../nodePlan.ts';
import type {
  CloudInterface,
  CloudState,
  ClusterNetwork,
  NetworkInput,
  NetworkProvider,
  OpenNetwork,
} from '../provider.ts';
import { AWS_DEFAULTS } from './awsDefaults.ts';
import { eniDevice, eniGateway, enisOnNode } from './eniRouting.ts';
import { assignFromEnis, type EniAddresses } from './enis.ts';
import { hostRules } from './hostRules.ts';
import { eniVeth, vethInPod, vethsOnNode } from './podInterface.ts';

/** lo and as many interfaces as any instance can have come before the Pods' veths. */
const FIRST_VETH_INDEX = 17;
const NETWORK = 'aws-cni';
const NO_CLOUD =
  'ipamd finds no EC2: no interface is attached to any node, and nobody delivers to the Pods’ addresses.';

/** The AWS VPC CNI: Pods have addresses of the VPC, which delivers to them as to anybody. */
export const AWS_VPC: readonly (readonly [CniBackend, NetworkProvider])[] = [
  ['aws-vpc', { addressing: 'aws-vpc', open }],
];

function open({ objects, seed, memory, now }: NetworkInput): OpenNetwork {
  const assigned = assignFromEnis(objects, memory?.aws, now);
  const { addresses, enis, subnet } = assigned;
  return {
    addresses,
    memory: assigned.memory,
    podRanges: podRanges(assigned),
    blocks: [],
    interfaces: enis,
    nodeSubnet: subnet,
    firstVethIndex: FIRST_VETH_INDEX,
    hostVeth: (pod, attempt) => eniVeth(pod, attempt, seed),
    start: (planned) => start(planned, assigned),
  };
}

/** What interfaces have for Pods, of the nodes' subnet; subnets of Pods alone as a whole. */
function podRanges({ enis, subnet }: EniAddresses): readonly IpPrefix[] {
  const all = [...enis.values()].flat();
  const apart = new Set(all.map((eni) => eni.subnet).filter((each) => each !== subnet));
  return [...apart, ...all.flatMap((eni) => (eni.subnet === subnet ? eni.cidrs : []))];
}

/** aws-node (ipamd) on every node, and the plugin chain aws-cni, portmap. */
function start(planned: PlannedNodes, { enis, subnet, unconfigured }: EniAddresses): ClusterNetwork {
  const { settings, objects } = planned;
  const config = objects.network.awsVpc ?? AWS_DEFAULTS;
  const eniMtu = Math.min(config.eniMtu, planned.nicMtu);
  const podMtu = settings.podMtu === 'auto' ? Math.min(config.podMtu ?? eniMtu, planned.nicMtu) : settings.podMtu;
  const enisOf = ({ node }: NodePlan): readonly NodeEni[] => enis.get(node.metadata.name) ?? [];
  const vpc = [subnet, ...(config.customNetworking ? [objects.network.podCidr] : [])];
  const isCloud = settings.underlay === 'cloud-vpc';
  return {
    podMtu,
    nicMtu: eniMtu,
    withoutPodCidr: true,
    warnings: [
      ...(isCloud ? [] : [NO_CLOUD]),
      ...unconfigured.map((node) => `ipamd of ${node}: eniconfig: eniconfig is not available`),
    ],
    tunnelDevice: undefined,
    devices: (node) => [isCloud ? enisOnNode(node, enisOf(node), config, eniMtu) : {}, vethsOnNode(node, podMtu)],
    rules: (node) => [
      hostRules(node.address, vpc, config, settings.randomFully),
      portmapOnNode(
        { network: NETWORK, sourceOf: (pod) => hostPrefix(pod.address), deviceOf: (pod) => pod.hostVeth },
        node,
      ),
    ],
    pod: (node, pod) => vethInPod(node, pod, podMtu, settings.seed),
    cloud: cloudOf(enis),
  };
}

/** What EC2 has been asked for: addresses for the instances' own interfaces, and further ones. */
function cloudOf(enis: EniAddresses['enis']): CloudState {
  const addresses = new Map<string, readonly IpPrefix[]>();
  const interfaces = new Map<string, readonly CloudInterface[]>();
  for (const [name, own] of enis) {
    addresses.set(
      name,
      own.filter(isPrimary).flatMap(({ cidrs }) => cidrs),
    );
    const further = own.filter((eni) => !isPrimary(eni));
    interfaces.set(
      name,
      further.map((eni) => ({
        device: eniDevice(eni),
        address: eni.address,
        secondary: eni.cidrs,
        gateway: eniGateway(eni),
      })),
    );
  }
  return { routes: new Map(), addresses, interfaces, checksOff: false };
}

function isPrimary({ deviceNumber }: NodeEni): boolean {
  return deviceNumber === 0;
}
