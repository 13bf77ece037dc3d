import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ClusterObjects } from '../../datamodel/kubernetes/clusterObjects.ts';
import { familyOf, prefixContains } from '../../wire/address.ts';
import { isDns1123Subdomain } from './admission/names.ts';
import { labelsInclude } from './labelSelector.ts';
import { loadCluster } from './testing/load.ts';

const app = fc.constantFrom('a', 'b', 'c', 'd');
const port = fc.integer({ min: 1, max: 65535 });

const workload = fc.record({
  kind: fc.constantFrom('Deployment', 'ReplicaSet', 'StatefulSet', 'DaemonSet'),
  app,
  replicas: fc.nat(6),
  hostPort: fc.option(fc.integer({ min: 8000, max: 8002 }), { nil: undefined }),
  hostNetwork: fc.boolean(),
  containerPort: port,
});
const service = fc.record({
  app,
  type: fc.constantFrom('ClusterIP', 'NodePort', 'LoadBalancer', 'Headless'),
  port,
  named: fc.boolean(),
});
const node = fc.record({ tainted: fc.boolean(), cordoned: fc.boolean() });

const manifests = fc
  .record({
    nodes: fc.array(node, { maxLength: 4 }),
    workloads: fc.array(workload, { maxLength: 5 }),
    services: fc.array(service, { maxLength: 5 }),
  })
  .map(({ nodes, workloads, services }) => ({
    apiVersion: 'v1',
    kind: 'List',
    items: [
      ...nodes.map(({ tainted, cordoned }, n) => ({
        apiVersion: 'v1',
        kind: 'Node',
        metadata: { name: `node-${n}` },
        spec: { unschedulable: cordoned, ...(tainted && { taints: [{ key: 'x', effect: 'NoSchedule' }] }) },
      })),
      ...workloads.map(({ kind, app, replicas, hostPort, hostNetwork, containerPort }, n) => ({
        apiVersion: 'apps/v1',
        kind,
        metadata: { name: `w${n}` },
        spec: {
          ...(kind !== 'DaemonSet' && { replicas }),
          selector: { matchLabels: { app } },
          template: {
            metadata: { labels: { app } },
            spec: {
              hostNetwork,
              containers: [
                {
                  name: 'main',
                  ports: [{ name: 'main', containerPort, ...(!hostNetwork && hostPort && { hostPort }) }],
                },
              ],
            },
          },
        },
      })),
      ...services.map(({ app, type, port, named }, n) => ({
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: `s${n}` },
        spec: {
          ...(type === 'Headless' ? { clusterIP: 'None' } : { type }),
          selector: { app },
          ports: [{ port, ...(named && { targetPort: 'main' }) }],
        },
      })),
    ],
  }));

function isUnique<T>(values: readonly T[]): boolean {
  return new Set(values).size === values.length;
}

function check(cluster: ClusterObjects): void {
  const { nodes, pods, services, endpointSlices, network } = cluster;
  for (const list of [nodes, pods, services, endpointSlices]) {
    expect(isUnique(list.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`))).toBe(true);
    for (const { metadata } of list) expect(isDns1123Subdomain(metadata.name)).toEqual([]);
  }
  const all = [...nodes, ...pods, ...services, ...endpointSlices];
  expect(isUnique(all.map(({ metadata }) => metadata.uid))).toBe(true);

  const names = new Set(nodes.map(({ metadata }) => metadata.name));
  for (const { nodeName, phase, message } of pods) {
    if (nodeName !== undefined) expect(names.has(nodeName)).toBe(true);
    else
      expect([phase, message]).toEqual(['Pending', expect.stringContaining(`0/${nodes.length} nodes are available: `)]);
  }
  const cidrs = nodes.flatMap(({ podCidrs }) => podCidrs.map(({ address }) => address));
  expect(isUnique(cidrs)).toBe(true);
  for (const cidr of cidrs) expect(prefixContains(network.podCidr, cidr)).toBe(true);

  const hostPorts = pods.flatMap(({ nodeName, ports }) =>
    nodeName === undefined
      ? []
      : ports.filter(({ hostPort }) => hostPort).map(({ hostPort, protocol }) => `${nodeName}/${protocol}/${hostPort}`),
  );
  expect(isUnique(hostPorts)).toBe(true);

  const addresses = services.flatMap(({ clusterIps }) => clusterIps);
  expect(isUnique(addresses)).toBe(true);
  for (const address of addresses) expect(prefixContains(network.serviceCidr, address)).toBe(true);
  for (const { type, headless, clusterIps, ports } of services) {
    expect(clusterIps.length).toBe(headless ? 0 : 1);
    for (const { nodePort } of ports) expect(nodePort === undefined).toBe(type === 'ClusterIP');
  }
  expect(isUnique(services.flatMap(({ ports }) => ports.map(({ nodePort }) => nodePort).filter(Boolean)))).toBe(true);

  // Whoever is bound, selected and addressed is an endpoint, exactly once; nobody else is.
  for (const { metadata, selector } of services) {
    if (selector === undefined) continue;
    const slices = endpointSlices.filter(
      (slice) => slice.serviceName === metadata.name && slice.metadata.namespace === metadata.namespace,
    );
    const listed = slices
      .flatMap(({ endpoints }) => endpoints.map(({ pod }) => `${pod?.namespace}/${pod?.name}`))
      .sort();
    const expected = pods
      .filter((pod) => pod.metadata.namespace === metadata.namespace && labelsInclude(pod.metadata.labels, selector))
      .filter(
        ({ nodeName, podIps }) => nodeName !== undefined && podIps.some((address) => familyOf(address) === 'IPv4'),
      )
      .map((pod) => `${pod.metadata.namespace}/${pod.metadata.name}`)
      .sort();
    expect(listed).toEqual(expected);
  }
}

test('every cluster that comes about is consistent, and comes about again', () => {
  fc.assert(
    fc.property(manifests, fc.nat(1000), (list, seed) => {
      const text = JSON.stringify(list);
      const cluster = loadCluster(text, seed);
      check(cluster);
      expect(loadCluster(text, seed)).toEqual(cluster);
    }),
    { numRuns: 80 },
  );
});
