import type { AwsVpcConfig } from '../../../../datamodel/kubernetes/awsVpcConfig.ts';
import type { Link } from '../../../../datamodel/network/link.ts';
import { BORN_RULES, type PolicyRule } from '../../../../datamodel/network/policyRule.ts';
import { type InterfaceAddress, MAIN_TABLE, type Route } from '../../../../datamodel/network/tables.ts';
import {
  addressAt,
  formatPrefix,
  hostPrefix,
  type IpAddress,
  ipPrefix,
  macFromIpv4,
} from '../../../../wire/address.ts';
import { underlayPort } from '../../host/underlay/underlayPort.ts';
import type { NodeEni } from '../../ipam/aws/nodeEni.ts';
import { interfaceAddress, mainRoute, type NetnsParts } from '../../netnsParts.ts';
import type { NodePlan } from '../../nodePlan.ts';

const OWNER = 'aws-node';
const DEFAULT_ROUTE = ipPrefix('0.0.0.0/0');
const MAC_HEAD = '02:42';
/** Index of eth0: further interfaces come after it. */
const PRIMARY_INDEX = 2;
/** What came in by the primary interface, and what is to leave by it. */
export const PRIMARY_MARK = 0x80;

/** Priorities (pkg/networkutils/network.go). */
const TO_POD = 512;
const HOST = 1024;
const EXTERNAL_SERVICE = 1535;
const FROM_POD = 1536;
const FROM_INTERFACE = 32765;

/** An interface's name on its node. */
export function eniDevice({ deviceNumber }: Pick<NodeEni, 'deviceNumber'>): string {
  return `eth${deviceNumber}`;
}

/** The router's address on the subnet that an interface is on. */
export function eniGateway({ subnet }: Pick<NodeEni, 'subnet'>): IpAddress {
  return addressAt(subnet, 1);
}

/** A node's further interfaces, each with a routing table of its own (pkg/networkutils/network.go, setupENINetwork). */
export function enisOnNode(node: NodePlan, enis: readonly NodeEni[], config: AwsVpcConfig, mtu: number): NetnsParts {
  const further = enis.filter(({ deviceNumber }) => deviceNumber > 0);
  return {
    links: further.map(
      (eni): Link => ({
        kind: 'physical',
        name: eniDevice(eni),
        index: PRIMARY_INDEX + eni.deviceNumber,
        owner: 'host',
        mac: macFromIpv4(MAC_HEAD, eni.address),
        mtu,
        up: true,
        peer: { netns: node.plugged.netns, link: underlayPort(`${node.node.metadata.name}-${eniDevice(eni)}`) },
      }),
    ),
    addresses: further.map((eni): InterfaceAddress => {
      const prefix = { address: eni.address, length: eni.subnet.length };
      return { ...interfaceAddress(OWNER, eniDevice(eni), prefix), prefixRouteDeleted: true };
    }),
    routes: further.flatMap((eni): readonly Route[] => [
      inTable(tableOf(eni), mainRoute(OWNER, hostPrefix(eniGateway(eni)), { dev: eniDevice(eni), scope: 'link' })),
      inTable(tableOf(eni), mainRoute(OWNER, DEFAULT_ROUTE, { via: eniGateway(eni), dev: eniDevice(eni) })),
    ]),
    policyRules: policyRules(node, enis, config),
    // loose: what asks for a node port may come in by another interface than the answer leaves by
    sysctls: { 'net.ipv4.conf.eth0.rp_filter': '2' },
  };
}

/** CalculateRouteTableId, on an instance's first network card. */
function tableOf({ deviceNumber }: NodeEni): number {
  return deviceNumber === 0 ? MAIN_TABLE : deviceNumber + 1;
}

function inTable(table: number, route: Route): Route {
  return { ...route, table, id: `${table}${route.id.slice(route.id.indexOf('/'))}` };
}

/** To Pods by table main, whatever is marked by it too, and from Pods by the interface that their address belongs to. */
function policyRules(
  { pods }: NodePlan,
  enis: readonly NodeEni[],
  { externalServices, externalSnat, nodePorts }: AwsVpcConfig,
): readonly PolicyRule[] {
  const tables = new Map(enis.flatMap((eni) => eni.pods.map((address) => [address, tableOf(eni)] as const)));
  const rules = [
    ...BORN_RULES,
    ...(nodePorts || !externalSnat
      ? [rule(HOST, MAIN_TABLE, { mark: { value: PRIMARY_MARK, mask: PRIMARY_MARK } })]
      : []),
    ...externalServices.map((destination) =>
      rule(EXTERNAL_SERVICE, MAIN_TABLE, { destination }, formatPrefix(destination)),
    ),
    ...enis
      .filter(({ deviceNumber }) => deviceNumber > 0)
      .map((eni) => rule(FROM_INTERFACE, tableOf(eni), { source: hostPrefix(eni.address) }, eni.address)),
    ...pods.flatMap(({ address }) => {
      const table = tables.get(address) ?? MAIN_TABLE;
      const source = hostPrefix(address);
      return [
        rule(TO_POD, MAIN_TABLE, { destination: source }, address),
        ...(table === MAIN_TABLE ? [] : [rule(FROM_POD, table, { source }, address)]),
      ];
    }),
  ];
  return rules.sort((a, b) => a.priority - b.priority);
}

function rule(priority: number, table: number, rest: Partial<PolicyRule>, which?: string): PolicyRule {
  const id = `rule/${priority}${which === undefined ? '' : `/${which}`}`;
  return { id, owner: OWNER, priority, table, ...rest };
}
