import { describe, expect, it } from 'vitest';
import type { LbMaps } from '../../../../datamodel/network/ebpf.ts';
import {
  familyOf,
  type IpAddress,
  ipAddress,
  ipPrefix,
  parseSloppyIpAddress,
  prefixContains,
} from '../../../../wire/address.ts';
import { type Asker, type EbpfAnswer, ebpfAnswer } from '../../testing/ebpfWays.ts';
import { servicesOf, type UpstreamCase, type UpstreamFlow, upstreamCases } from '../../testing/upstreamCases.ts';
import { lbMapsCompiler } from './lbMaps.ts';

// kube-proxy's own cases, put to eBPF: where Cilium means something else by a Service, that is written down here.

const cases = [...new Set([...upstreamCases('iptables'), ...upstreamCases('nftables')])].filter(
  ({ ipFamily }) => ipFamily === 'IPv4',
);

it('has cases', () => expect(cases.length).toBeGreaterThan(25));

describe.each(cases)('$test', (upstream) => {
  it.each(upstream.flows)('$name', (flow) => {
    const source = ipAddress(flow.sourceIP);
    const destination = ipAddress(flow.destIP);
    const protocol = flow.protocol.toLowerCase() as Lowercase<UpstreamFlow['protocol']>;
    const asker = askerOf(upstream, source);
    const found = ebpfAnswer(mapsOf(upstream), asker, { source, destination, protocol, port: flow.destPort });
    const expected = ciliumExpects(upstream, flow, asker);
    expect({ ...found, endpoints: [...found.endpoints].sort() }).toEqual({
      ...expected,
      endpoints: [...expected.endpoints].sort(),
    });
  });
});

function askerOf({ thisNode, clusterCIDR }: UpstreamCase, source: IpAddress): Asker {
  if (thisNode.localAddresses.includes(source)) return 'node';
  return prefixContains(ipPrefix(clusterCIDR), source) ? 'pod' : 'outside';
}

const NOTHING: EbpfAnswer = { verdict: 'accept', endpoints: [] };

function ciliumExpects(upstream: UpstreamCase, flow: UpstreamFlow, asker: Asker): EbpfAnswer {
  const { verdict, endpoints } = flow.expected;
  const expected = { verdict: verdict as EbpfAnswer['verdict'], endpoints };
  const service = upstream.services.find(
    ({ spec, status }) =>
      same(spec.clusterIP, flow.destIP) ||
      spec.externalIPs?.some((address) => same(address, flow.destIP)) ||
      status?.loadBalancer?.ingress?.some(({ ip }) => same(ip, flow.destIP)) ||
      spec.ports.some(({ nodePort }) => nodePort === flow.destPort),
  );
  const ofClusterIp = service !== undefined && same(service.spec.clusterIP, flow.destIP);
  // SCTP is off by default.
  if (flow.protocol === 'SCTP') return NOTHING;
  // A ClusterIP is not for traffic from outside, whatever masquerading could do.
  if (asker === 'outside' && ofClusterIp) return { verdict: 'drop', endpoints: [] };
  // What nobody has an entry for is nobody's business.
  if (!service || (verdict === 'drop' && service.spec.type === 'ExternalName')) return NOTHING;
  const near = (): readonly string[] =>
    upstream.endpointSlices
      .filter(({ metadata }) => metadata.labels['kubernetes.io/service-name'] === service.metadata.name)
      .flatMap(({ endpoints: all, ports }) =>
        all
          .filter(({ nodeName }) => nodeName === upstream.thisNode.name)
          .map(({ addresses }) => `${addresses[0]}:${ports[0]?.port}`),
      );
  // A socket obeys the internal policy whatever address it asked for.
  if (asker !== 'outside' && service.spec.internalTrafficPolicy === 'Local' && !ofClusterIp) {
    return { verdict: 'dnat', endpoints: near() };
  }
  const external = service.spec.externalIPs?.some((address) => same(address, flow.destIP)) ?? false;
  // An external address has no internal scope: where the policies differ, its sockets are left alone.
  if (asker !== 'outside' && external && service.spec.externalTrafficPolicy === 'Local') return NOTHING;
  // Without a backend near, the answer is the same as without any.
  if (asker === 'outside' && service.spec.externalTrafficPolicy === 'Local' && verdict === 'drop') {
    return { verdict: 'reject', endpoints: [] };
  }
  // Without a detector kube-proxy takes Pods for strangers; a socket program knows where it runs.
  if (
    asker === 'pod' &&
    service.spec.externalTrafficPolicy === 'Local' &&
    upstream.proxyConfig.localDetector === 'none'
  ) {
    return { verdict: 'dnat', endpoints: clusterWide(upstream, service.metadata.name) };
  }
  // Source ranges are read by the network card's program alone.
  if (asker === 'node' && verdict === 'drop')
    return { verdict: 'dnat', endpoints: clusterWide(upstream, service.metadata.name) };
  // Hints are not read, as service topology is off by default.
  if (upstream.test.startsWith('TestCategorizeEndpoints') && ofClusterIp) {
    return { verdict: 'dnat', endpoints: clusterWide(upstream, service.metadata.name) };
  }
  // Loopback and the node's further addresses are the host's, and their NodePorts sockets'.
  if (asker === 'node' && verdict === 'accept')
    return { verdict: 'dnat', endpoints: clusterWide(upstream, service.metadata.name) };
  return expected;
}

/** The API server reads addresses with leading zeros. */
function same(written: string, address: string): boolean {
  return (parseSloppyIpAddress(written) ?? written) === address;
}

function clusterWide({ endpointSlices }: UpstreamCase, name: string): readonly string[] {
  return endpointSlices
    .filter(({ metadata }) => metadata.labels['kubernetes.io/service-name'] === name)
    .flatMap(({ endpoints, ports }) =>
      endpoints
        .filter(({ conditions }) => conditions?.ready ?? true)
        .map(({ addresses }) => `${addresses[0]}:${ports[0]?.port}`),
    );
}

function mapsOf(upstream: UpstreamCase): LbMaps {
  const { thisNode, proxyConfig } = upstream;
  const own = thisNode.localAddresses.map(ipAddress).filter((address) => familyOf(address) === 'IPv4');
  const wanted = (proxyConfig.nodePortAddresses ?? []).map(ipPrefix);
  const real = own.filter((address) => !address.startsWith('127.'));
  return lbMapsCompiler(servicesOf(upstream), {
    nodePorts: { from: 3000, to: 32767 },
    usesDsr: () => false,
    maglev: false,
  })({
    name: thisNode.name,
    nodePortAddresses:
      wanted.length > 0
        ? real.filter((address) => wanted.some((range) => prefixContains(range, address)))
        : [ipAddress(thisNode.primaryIP)],
    endpoints: new Set(own),
    identities: new Map(real.map((address) => [address, 'host'])),
  });
}
