import type { Link } from '../../../../datamodel/network/link.ts';
import { DEFAULT_TABLE, type PolicyRule } from '../../../../datamodel/network/policyRule.ts';
import { LOCAL_TABLE, MAIN_TABLE, type Route } from '../../../../datamodel/network/tables.ts';
import { hostPrefix, type IpAddress, ipPrefix, macFromIpv4 } from '../../../../wire/address.ts';
import { underlayPort } from '../../host/underlay/underlayPort.ts';
import { interfaceAddress, mainRoute, type NetnsParts } from '../../netnsParts.ts';
import type { NodePlan } from '../../nodePlan.ts';
import type { PodEni } from './enis.ts';

const OWNER = 'aws-node';
const DEFAULT_ROUTE = ipPrefix('0.0.0.0/0');
const MAC_HEAD = '02:42';
/** Index of eth0: further interfaces come after it. */
const PRIMARY_INDEX = 2;
/** What came in by the primary interface, and what is to leave by it. */
export const PRIMARY_MARK = 0x80;

/** An interface's name on its node. */
export function eniDevice({ deviceNumber }: Pick<PodEni, 'deviceNumber'>): string {
  return `eth${deviceNumber}`;
}

/** A node's further interfaces, each with a routing table of its own (pkg/networkutils/network.go, setupENINetwork). */
export function enisOnNode(node: NodePlan, enis: readonly PodEni[], gateway: IpAddress, mtu: number): NetnsParts {
  return {
    links: enis.map(
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
    addresses: enis.map((eni) => interfaceAddress(OWNER, eniDevice(eni), hostPrefix(eni.address))),
    routes: enis.flatMap((eni): readonly Route[] => [
      inTable(tableOf(eni), mainRoute(OWNER, hostPrefix(gateway), { dev: eniDevice(eni), scope: 'link' })),
      inTable(tableOf(eni), mainRoute(OWNER, DEFAULT_ROUTE, { via: gateway, dev: eniDevice(eni) })),
    ]),
    policyRules: policyRules(enis),
    // loose: what asks for a node port may come in by another interface than the answer leaves by
    sysctls: { 'net.ipv4.conf.eth0.rp_filter': '2' },
  };
}

function tableOf({ deviceNumber }: PodEni): number {
  return deviceNumber + 1;
}

function inTable(table: number, route: Route): Route {
  return { ...route, table, id: `${table}${route.id.slice(route.id.indexOf('/'))}` };
}

/** To Pods by table main, whatever is marked by it too, and from Pods by the interface that their address belongs to. */
function policyRules(enis: readonly PodEni[]): readonly PolicyRule[] {
  const rule = (priority: number, table: number, rest: Partial<PolicyRule> = {}, which = ''): PolicyRule => ({
    id: `rule/${priority}${which}`,
    owner: OWNER,
    priority,
    table,
    ...rest,
  });
  const pods = enis.flatMap((eni) => eni.pods.map((address) => ({ address, eni })));
  return [
    rule(20, LOCAL_TABLE, { owner: 'kernel' }),
    ...pods.map(({ address }) => rule(512, MAIN_TABLE, { destination: hostPrefix(address) }, `/${address}`)),
    rule(1024, MAIN_TABLE, { mark: { value: PRIMARY_MARK, mask: PRIMARY_MARK } }),
    ...pods.map(({ address, eni }) => rule(1536, tableOf(eni), { source: hostPrefix(address) }, `/${address}`)),
    rule(32766, MAIN_TABLE, { owner: 'kernel' }),
    rule(32767, DEFAULT_TABLE, { owner: 'kernel' }),
  ];
}
