import { describe, expect, it } from 'vitest';
import type { NftTable } from '../../../../datamodel/network/nftables.ts';
import { familyOf, ipAddress, ipPrefix } from '../../../../wire/address.ts';
import { type FirstPacket, nftWays } from '../../testing/nftWays.ts';
import { servicesOf, type UpstreamCase, type UpstreamFlow, upstreamCases } from '../../testing/upstreamCases.ts';
import { nftablesProxy } from './compileNftables.ts';

const cases = upstreamCases('nftables');

it('has cases of its mode', () => expect(cases.length).toBeGreaterThan(25));

describe.each(cases)('$test', (upstream) => {
  it.each(upstream.flows)('$name', (flow) => {
    const table = tableOf(upstream, upstream.proxyConfig.masqueradeAll || flow.masqueradeAll);
    const ways = nftWays(table, packetOf(flow), new Set(upstream.thisNode.localAddresses));
    const { verdict, endpoints, masquerade } = flow.expected;
    expect(new Set(ways.map((way) => way.verdict))).toEqual(new Set([verdict]));
    expect([...new Set(ways.flatMap((way) => way.endpoint ?? []))].sort()).toEqual([...endpoints].sort());
    expect(ways.some((way) => way.masquerade)).toBe(masquerade);
    if (flow.expected.matched === false) expect(ways).toHaveLength(1);
  });
});

function packetOf(flow: UpstreamFlow): FirstPacket {
  return {
    source: ipAddress(flow.sourceIP),
    destination: ipAddress(flow.destIP),
    protocol: flow.protocol.toLowerCase() as Lowercase<UpstreamFlow['protocol']>,
    port: flow.destPort,
  };
}

function tableOf({ proxyConfig, thisNode, ipFamily, ...rest }: UpstreamCase, masqueradeAll: boolean): NftTable {
  const addresses = thisNode.localAddresses.map(ipAddress).filter((address) => familyOf(address) === ipFamily);
  return nftablesProxy(servicesOf({ proxyConfig, thisNode, ipFamily, ...rest }), {
    family: ipFamily,
    masqueradeAll,
    masqueradeMark: 0x4000,
    randomFully: true,
    serviceCidrs: proxyConfig.serviceCIDRs.map(ipPrefix),
    nodePortAddresses: (proxyConfig.nodePortAddresses ?? []).map(ipPrefix),
  })({
    nodeName: thisNode.name,
    zone: proxyConfig.nodeLabels?.['topology.kubernetes.io/zone'],
    nodeIp: [ipAddress(thisNode.primaryIP), ...addresses].find((address) => familyOf(address) === ipFamily),
    localAddresses: addresses,
    podPrefix: proxyConfig.localDetector === 'none' ? undefined : ipPrefix(rest.clusterCIDR),
  });
}
