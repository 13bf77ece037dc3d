import type { CniBackend } from '../../../../datamodel/cluster/command.ts';
import { addressAt, hostPrefix, networkOf } from '../../../../wire/address.ts';
import { portmapOnNode } from '../../cni/portmap.ts';
import type { NodePlan, PlannedNodes } from '../../nodePlan.ts';
import type { CloudInterface, ClusterNetwork, NetworkInput, NetworkProvider, OpenNetwork } from '../provider.ts';
import { eniDevice, enisOnNode } from './eniRouting.ts';
import { assignFromEnis, type EniAddresses } from './enis.ts';
import { hostRules } from './hostRules.ts';
import { eniVeth, vethInPod, vethsOnNode } from './podInterface.ts';

/** lo and as many interfaces as any instance can have come before the Pods' veths. */
const FIRST_VETH_INDEX = 17;
/** AWS_VPC_ENI_MTU */
const MTU = 9001;
const NETWORK = 'aws-cni';

/** The AWS VPC CNI: Pods have addresses of the VPC, which delivers to them as to anybody. */
export const AWS_VPC: readonly (readonly [CniBackend, NetworkProvider])[] = [
  ['aws-vpc', { addressing: 'aws-vpc', open }],
];

function open({ objects, seed }: NetworkInput): OpenNetwork {
  const { podCidr } = objects.network;
  const assigned = assignFromEnis(objects.nodes, objects.pods, podCidr);
  return {
    addresses: assigned.addresses,
    memory: assigned.memory,
    podRanges: [podCidr],
    blocks: [],
    firstVethIndex: FIRST_VETH_INDEX,
    hostVeth: (pod, attempt) => eniVeth(pod, attempt, seed),
    start: (planned) => start(planned, assigned),
  };
}

/** aws-node (ipamd) on every node, and the plugin chain aws-cni, portmap. */
function start(planned: PlannedNodes, { enis }: EniAddresses): ClusterNetwork {
  const { settings, nicMtu, objects, nodes } = planned;
  const { podCidr } = objects.network;
  const eniMtu = Math.min(MTU, nicMtu);
  const podMtu = settings.podMtu === 'auto' ? eniMtu : settings.podMtu;
  const gateway = addressAt(podCidr, 1);
  const enisOf = ({ node }: NodePlan) => enis.get(node.metadata.name) ?? [];
  const vpc = [podCidr, ...uniqueSubnets(nodes)];
  const interfaces = new Map(
    [...nodes].map(([name, node]) => [
      name,
      enisOf(node).map(
        (eni): CloudInterface => ({ device: eniDevice(eni), address: eni.address, secondary: eni.pods, gateway }),
      ),
    ]),
  );
  return {
    podMtu,
    warnings:
      settings.underlay === 'cloud-vpc'
        ? []
        : ['ipamd finds no EC2: no interface is attached to any node, and nobody delivers to the Pods’ addresses.'],
    blocksOf: () => [],
    tunnelDevice: undefined,
    devices: (node) => [
      settings.underlay === 'cloud-vpc' ? enisOnNode(node, enisOf(node), gateway, eniMtu) : {},
      vethsOnNode(node, podMtu),
    ],
    rules: (node) => [
      hostRules(node.address, vpc, settings.randomFully),
      portmapOnNode(
        { network: NETWORK, sourceOf: (pod) => hostPrefix(pod.address), deviceOf: (pod) => pod.hostVeth },
        node,
      ),
    ],
    pod: (node, pod) => vethInPod(node, pod, podMtu, settings.seed),
    cloud: { routes: new Map(), addresses: new Map(), interfaces, checksOff: false },
  };
}

function uniqueSubnets(nodes: PlannedNodes['nodes']): readonly ReturnType<typeof networkOf>[] {
  const subnets = [...nodes.values()].map(({ subnet }) => networkOf(subnet));
  return subnets.filter(
    (subnet, i) =>
      subnets.findIndex(({ address, length }) => address === subnet.address && length === subnet.length) === i,
  );
}
