import { describe, expect, it } from 'vitest';
import type { Protocol } from '../../../../datamodel/kubernetes/objectMeta.ts';
import type { Chain } from '../../../../datamodel/network/netfilter.ts';
import { familyOf, ipAddress, ipPrefix } from '../../../../wire/address.ts';
import { servicesOf, type UpstreamCase, upstreamCases } from '../../testing/upstreamCases.ts';
import { type Outcome, type TestPacket, walkChain } from '../../testing/walkTables.ts';
import { iptablesProxy, isLargeCluster } from './compileIptables.ts';

const MARK = 0x4000;

describe.each(upstreamCases('iptables'))('$test', (upstream) => {
  it.each(upstream.flows)('$name', (flow) => {
    const masqueradeAll = upstream.proxyConfig.masqueradeAll || flow.masqueradeAll;
    const { nat, filter } = tables(upstream, masqueradeAll);
    const local = new Set(upstream.thisNode.localAddresses);
    const packet: TestPacket = {
      source: ipAddress(flow.sourceIP),
      destination: ipAddress(flow.destIP),
      protocol: flow.protocol.toLowerCase() as Lowercase<Protocol>,
      port: flow.destPort,
    };
    const ways = walkChain(nat, 'KUBE-SERVICES', packet, local);
    const rewritten = ways.filter((way) => way.verdict === 'dnat');
    const { expected } = flow;
    if (expected.verdict === 'dnat') {
      expect(rewritten).toHaveLength(ways.length);
      expect([...new Set(rewritten.map((way) => way.endpoint))].sort()).toEqual([...expected.endpoints].sort());
      expect(rewritten.some((way) => (way.mark & MARK) !== 0)).toBe(expected.masquerade);
      return;
    }
    expect(rewritten).toEqual([]);
    expect(new Set(filterVerdicts(filter, packet, local))).toEqual(new Set([expected.verdict]));
  });
});

/** The filter table's way for packets that were not rewritten, in the order of the jumps in INPUT and FORWARD. */
function filterVerdicts(
  filter: ReadonlyMap<string, Chain>,
  packet: TestPacket,
  local: ReadonlySet<string>,
): readonly Outcome['verdict'][] {
  for (const chain of ['KUBE-PROXY-FIREWALL', 'KUBE-NODEPORTS', 'KUBE-SERVICES', 'KUBE-EXTERNAL-SERVICES']) {
    const verdicts = walkChain(filter, chain, packet, local).map((way) => way.verdict);
    if (!verdicts.includes('return')) return verdicts;
  }
  return ['accept'];
}

function tables(upstream: UpstreamCase, masqueradeAll: boolean) {
  const { proxyConfig, thisNode, ipFamily } = upstream;
  const services = servicesOf(upstream);
  const compiled = iptablesProxy(services, {
    family: ipFamily,
    masqueradeAll,
    masqueradeMark: MARK,
    randomFully: true,
    localhostNodePorts: proxyConfig.iptablesLocalhostNodePorts,
    nodePortAddresses: (proxyConfig.nodePortAddresses ?? []).map(ipPrefix),
    largeCluster: isLargeCluster(services),
  })({
    nodeName: thisNode.name,
    zone: proxyConfig.nodeLabels?.['topology.kubernetes.io/zone'],
    nodeIp: ipAddress(thisNode.primaryIP),
    localAddresses: thisNode.localAddresses.map(ipAddress).filter((address) => familyOf(address) === ipFamily),
    podPrefix: proxyConfig.localDetector === 'none' ? undefined : ipPrefix(upstream.clusterCIDR),
  });
  const chainsOf = (table: string): ReadonlyMap<string, Chain> =>
    new Map(compiled.find((changes) => changes.table === table)?.chains.map((chain) => [chain.name, chain]));
  return { nat: chainsOf('nat'), filter: chainsOf('filter') };
}
