import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ClusterObjects } from '../../datamodel/kubernetes/clusterObjects.ts';
import type { Netns } from '../../datamodel/network/netns.ts';
import { UNDERLAY } from '../../datamodel/network/netnsId.ts';
import { ipAddress, ipPrefix } from '../../wire/address.ts';
import { clusterView } from './clusterView.ts';
import { type CompiledCluster, compile } from './compile.ts';
import { openNetwork } from './network/providers.ts';
import { capturedCluster, cluster, endpoint, node, pod, SETTINGS, service, slice } from './testing/objects.ts';
import { richCluster } from './testing/richCluster.ts';

/** Clusters of some nodes, Pods with and without addresses of their own, and Services with endpoints. */
const anyCluster: fc.Arbitrary<ClusterObjects> = fc
  .record({
    nodes: fc.integer({ min: 1, max: 5 }),
    pods: fc.array(
      fc.record({ node: fc.nat(4), hostNetwork: fc.boolean(), hostPort: fc.option(fc.integer({ min: 1, max: 9 })) }),
      { maxLength: 20 },
    ),
    services: fc.array(
      fc.record({
        local: fc.boolean(),
        nodePort: fc.boolean(),
        sticky: fc.boolean(),
        endpoints: fc.uniqueArray(fc.nat(19), { maxLength: 4 }),
      }),
      { maxLength: 6 },
    ),
  })
  .map((shape) => {
    const nameOf = (n: number): string => `n${n % shape.nodes}`;
    return cluster({
      nodes: Array.from({ length: shape.nodes }, (_, n) => node(`n${n}`, `172.16.${n}.${n + 5}`, `10.244.${n}.0/26`)),
      pods: shape.pods.map((own, n) =>
        pod(`p${n}`, nameOf(own.node), undefined, {
          hostNetwork: own.hostNetwork,
          ports: [
            { name: '', protocol: 'TCP', containerPort: 80, hostPort: own.hostPort ?? undefined, hostIp: undefined },
          ],
          listens: [
            { protocol: 'TCP', port: 80 },
            { protocol: 'UDP', port: 80 },
          ],
        }),
      ),
      services: shape.services.map((own, n) =>
        service(`s${n}`, `10.96.0.${n + 1}`, {
          type: own.nodePort ? 'NodePort' : 'ClusterIP',
          ports: [
            { name: '', protocol: 'TCP', port: 80, targetPort: 80, nodePort: own.nodePort ? 30000 + n : undefined },
          ],
          externalTrafficPolicy: own.local ? 'Local' : 'Cluster',
          internalTrafficPolicy: own.local ? 'Local' : 'Cluster',
          sessionAffinity: own.sticky ? 'ClientIP' : 'None',
        }),
      ),
      endpointSlices: shape.services.map((own, n) =>
        slice(
          `s${n}`,
          [{ name: '', protocol: 'TCP', port: 80 }],
          own.endpoints.map((e) => endpoint(`10.244.${e % shape.nodes}.${e + 2}`, nameOf(e))),
        ),
      ),
    });
  });

describe('any cluster', () => {
  const check = (property: (compiled: CompiledCluster, objects: ClusterObjects) => void): void => {
    fc.assert(
      fc.property(anyCluster, (objects) => property(compile(objects, SETTINGS, [ipAddress('8.8.8.8')]), objects)),
      { numRuns: 60 },
    );
  };

  it('gives every Pod an address of its own, out of its node’s CIDR', () => {
    check((compiled, objects) => {
      const own = objects.pods.filter((candidate) => !candidate.hostNetwork);
      const addresses = own.map((candidate) => compiled.podAddress(candidate.metadata));
      expect(new Set(addresses).size).toBe(own.length);
      expect(addresses).not.toContain(undefined);
    });
  });

  it('has ids that are unique in their namespace and table', () => {
    check((compiled) => {
      for (const netns of all(compiled)) {
        const rules = netns.netfilter.flatMap(({ chains }) => chains.flatMap((chain) => chain.rules));
        for (const entries of [
          rules,
          netns.addresses,
          netns.routes,
          [...netns.neighbors, ...netns.fdb],
          netns.listeners,
        ]) {
          expect(new Set(entries.map(({ id }) => id)).size).toBe(entries.length);
        }
        expect(new Set(netns.links.map(({ name }) => name)).size).toBe(netns.links.length);
        expect(new Set(netns.links.map(({ index }) => index)).size).toBe(netns.links.length);
        expect(new Set(netns.links.map(({ mac }) => mac)).size).toBe(netns.links.length);
      }
    });
  });

  it('jumps to chains that exist', () => {
    check((compiled) => {
      for (const { chains } of all(compiled).flatMap(({ netfilter }) => netfilter)) {
        const names = new Set(chains.map(({ name }) => name));
        expect(names.size).toBe(chains.length);
        for (const { target } of chains.flatMap(({ rules }) => rules)) {
          if (target.type === 'jump') expect(names).toContain(target.chain);
        }
      }
    });
  });

  it('connects every cable at both ends', () => {
    check((compiled) => {
      for (const netns of all(compiled)) {
        for (const link of netns.links) {
          if (link.kind !== 'veth' && link.kind !== 'physical') continue;
          const peer = compiled.netns(link.peer.netns)?.links.find(({ name }) => name === link.peer.link);
          expect(peer).toMatchObject({ peer: { netns: netns.id, link: link.name } });
          if (link.peer.index !== undefined) expect(peer?.index).toBe(link.peer.index);
        }
      }
    });
  });

  it('keeps its rules’ ids when a Service is added', () => {
    fc.assert(
      fc.property(anyCluster, (objects) => {
        const more = {
          ...objects,
          services: [
            service('zzz', '10.96.9.9', {
              ports: [{ name: '', protocol: 'TCP', port: 1, targetPort: 1, nodePort: undefined }],
            }),
            ...objects.services,
          ],
        };
        const before = ruleIds(compile(objects, SETTINGS));
        const after = new Set(ruleIds(compile(more, SETTINGS)));
        expect(before.filter((id) => !after.has(id))).toEqual([]);
      }),
      { numRuns: 20 },
    );
  });
});

describe('sharing', () => {
  it('nodes that agree on a Service share its chains', () => {
    const compiled = compile(capturedCluster('vxlan'), SETTINGS);
    const chain = (id: string, name: string) =>
      compiled
        .netns(id)
        ?.netfilter.find((table) => table.name === 'nat')
        ?.chains.find((candidate) => candidate.name === name);
    const web = 'KUBE-SVC-CDGGSHYLG3RE2FKL';
    expect(chain('node/node1', web)).toBeDefined();
    expect(chain('node/node1', web)).toBe(chain('node/node2', web));
  });

  it('leaves comments out above a thousand endpoints', () => {
    const ports = [{ name: '', protocol: 'TCP', port: 80, targetPort: 80, nodePort: undefined }] as const;
    const objects = (count: number): ClusterObjects =>
      cluster({
        nodes: [node('n', '10.0.0.1', '10.244.0.0/16')],
        services: [service('s', '10.96.0.1', { ports })],
        endpointSlices: [
          slice(
            's',
            [{ name: '', protocol: 'TCP', port: 80 }],
            Array.from({ length: count }, (_, i) => endpoint(`10.244.${i >> 8}.${i & 255}`)),
          ),
        ],
      });
    const comments = (count: number): number =>
      all(compile(objects(count), SETTINGS))
        .flatMap((netns) => netns.netfilter)
        .flatMap((table) => table.chains)
        .filter((chain) => chain.name.startsWith('KUBE-SEP'))
        .flatMap((chain) => chain.rules)
        .filter((rule) => rule.matches.some((match) => match.type === 'comment')).length;
    expect(comments(1000)).toBe(2000);
    expect(comments(1001)).toBe(0);
  });
});

describe('a cluster with one of everything', () => {
  const objects = richCluster();
  const outside = ['192.0.2.77', '10.0.0.100', '10.244.7.7', '10.96.7.7', '10.0.0.11'].map(ipAddress);
  const compiled = compile(objects, SETTINGS, outside);

  it('has a namespace for every node, running Pod and host outside', () => {
    expect([...compiled.netnsIds()].sort()).toEqual([
      '10.0.0.100',
      '192.0.2.77',
      'node/a',
      'node/b',
      'node/c',
      'pod/default/one',
      'pod/default/three',
      'pod/default/two',
      'pod/kube-system/dns',
      'underlay',
    ]);
  });

  it('hands out the addresses that the objects leave open', () => {
    expect(compiled.podAddress({ namespace: 'default', name: 'three' })).toBe('10.244.1.3');
    expect(compiled.podAddress({ namespace: 'kube-system', name: 'dns' })).toBe('10.244.0.3');
    expect(compiled.podAddress({ namespace: 'default', name: 'host' })).toBe('10.0.0.11');
    expect(compiled.podAddress({ namespace: 'default', name: 'done' })).toBeUndefined();
  });

  it('tells the EndpointSlice controller who has an address', () => {
    const { addresses } = openNetwork({ objects, seed: SETTINGS.seed });
    const addressed = (name: string): unknown => addresses.get(`default/${name}`);
    expect(addressed('three')).toEqual({ ok: true, address: '10.244.1.3' });
    expect(addressed('one')).toEqual({ ok: true, address: '10.244.0.2' });
    expect(addressed('host')).toEqual({ ok: true, address: '10.0.0.11' });
    expect(addressed('four')).toMatchObject({ ok: false });
  });

  it('says in kubelet’s words why a Pod got none', () => {
    expect(compiled.podFailure({ namespace: 'default', name: 'four' })).toMatch(
      /^FailedCreatePodSandBox: .* plugin type="flannel" failed \(add\): loadFlannelSubnetEnv failed: open \/run\/flannel\/subnet.env/,
    );
    expect(compiled.warnings.join()).toContain('default/four');
  });

  it('leaves a node without a podCIDR out of the overlay', () => {
    expect(compiled.netns('node/c')?.links.map(({ name }) => name)).toEqual(['lo', 'eth0']);
    expect(compiled.netns('node/a')?.routes.map(({ id }) => id)).toEqual(['main/0.0.0.0/0', 'main/10.244.1.0/24']);
  });

  it('routes to hosts beyond the subnet, and loses the rest', () => {
    const router = compiled.netns(UNDERLAY);
    expect(router?.sysctls['net.ipv4.ip_forward']).toBe('1');
    expect(router?.routes).toMatchObject([
      { destination: ipPrefix('192.0.2.77/32'), dev: 'u-192.0.2.77', scope: 'link' },
      { destination: ipPrefix('0.0.0.0/0'), type: 'blackhole' },
    ]);
    expect(compile(objects, SETTINGS, [ipAddress('10.0.0.100')]).netns(UNDERLAY)).toMatchObject({
      sysctls: { 'net.ipv4.ip_forward': '0' },
      routes: [],
    });
  });

  it('lets programs listen where their containers do', () => {
    const listeners = (id: string) =>
      compiled.netns(id)?.listeners.map(({ protocol, port, program }) => `${protocol}/${port} ${program.type}`);
    expect(listeners('pod/default/one')).toEqual(['tcp/80 identify', 'udp/53 identify']);
    expect(listeners('pod/kube-system/dns')).toEqual(['udp/53 dns', 'tcp/53 dns']);
    expect(listeners('node/a')).toEqual(['tcp/30002 health', 'tcp/9100 identify']);
    expect(listeners('10.0.0.100')).toEqual(['tcp/0 identify', 'udp/0 identify', 'sctp/0 identify']);
  });

  it('points Pods at the cluster’s DNS', () => {
    expect(compiled.netns('pod/default/one')?.resolver).toEqual({
      servers: ['10.96.0.10'],
      search: ['default.svc.cluster.local', 'svc.cluster.local', 'cluster.local'],
      ndots: 5,
      owner: 'kubelet',
    });
    expect(compiled.netns('node/a')?.resolver).toBeUndefined();
  });

  it('serves the names of Services and Pods', () => {
    const { addresses, aliases } = compiled.dnsZone();
    expect(addresses.get('sticky.default.svc.cluster.local')).toEqual(['10.96.0.20']);
    expect(addresses.get('headless.default.svc.cluster.local')).toEqual(['10.244.0.2']);
    expect(addresses.get('one-0.headless.default.svc.cluster.local')).toEqual(['10.244.0.2']);
    expect(aliases?.get('alias.default.svc.cluster.local')).toBe('sticky.default.svc.cluster.local');
    expect(addresses.get('10-244-1-3.default.pod.cluster.local')).toEqual(['10.244.1.3']);
    expect(addresses.has('nothing.default.svc.cluster.local')).toBe(false);
  });

  it('shows itself as a view', () => {
    const view = clusterView(objects, compiled, SETTINGS, { revision: 7, ignored: [] });
    expect(view).toMatchObject({
      revision: 7,
      cni: 'flannel-vxlan',
      podMtu: 1450,
      underlay: { prefix: '10.0.0.0/24', gateway: '10.0.0.1', mtu: 1500 },
    });
    expect(view.nodes.map(({ name }) => name)).toEqual(['a', 'b', 'c']);
    expect(view.outside.map(({ address }) => address)).toEqual(['10.0.0.100', '192.0.2.77']);
    expect(view.pods.find(({ name }) => name === 'four')).toMatchObject({
      phase: 'Pending',
      ready: false,
      address: undefined,
    });
    expect(view.pods.find(({ name }) => name === 'one')).toMatchObject({
      hostDevice: expect.stringMatching(/^veth[0-9a-f]{8}$/),
      address: '10.244.0.2',
    });
    expect(view.services.find(({ name }) => name === 'sticky')?.endpoints).toHaveLength(3);
    expect(view.names).toContain('sticky.default');
    expect(structuredClone(view)).toEqual(view);
  });
});

describe('settings', () => {
  const mtus = (compiled: CompiledCluster): Readonly<Record<string, number>> =>
    Object.fromEntries(
      [
        ...(compiled.netns('node/node1')?.links ?? []),
        ...(compiled.netns('pod/default/p1a')?.links ?? []).map((link) => ({ ...link, name: `pod ${link.name}` })),
      ]
        .filter((link) => !link.name.startsWith('veth'))
        .map(({ name, mtu }) => [name, mtu]),
    );

  it('a chosen Pod MTU holds for Pods and bridge, not for the tunnel', () => {
    expect(mtus(compile(capturedCluster('vxlan'), { ...SETTINGS, podMtu: 1500 }))).toMatchObject({
      cni0: 1500,
      'pod eth0': 1500,
      'flannel.1': 1450,
    });
    expect(mtus(compile(capturedCluster('vxlan'), SETTINGS))).toMatchObject({
      cni0: 1450,
      'pod eth0': 1450,
      'flannel.1': 1450,
    });
  });

  it('a chosen backend goes before the manifests', () => {
    expect(compile(capturedCluster('vxlan'), { ...SETTINGS, cni: 'flannel-host-gw' }).cni).toBe('flannel-host-gw');
    expect(mtus(compile(capturedCluster('vxlan'), { ...SETTINGS, cni: 'flannel-host-gw' }))).toMatchObject({
      cni0: 1500,
      eth0: 1500,
    });
    expect(mtus(compile(capturedCluster('host-gw'), { ...SETTINGS, cni: 'flannel-vxlan' }))).toMatchObject({
      'flannel.1': 1450,
    });
  });

  it('without --random-fully nobody asks for it', () => {
    const text = JSON.stringify(
      compile(capturedCluster('vxlan'), { ...SETTINGS, randomFully: false }).netns('node/node1'),
    );
    expect(text).not.toContain('randomFully');
    expect(JSON.stringify(compile(capturedCluster('vxlan'), SETTINGS).netns('node/node1'))).toContain('randomFully');
  });
});

function all(compiled: CompiledCluster): readonly Netns[] {
  return compiled.netnsIds().flatMap((id) => compiled.netns(id) ?? []);
}

function ruleIds(compiled: CompiledCluster): readonly string[] {
  return all(compiled).flatMap(({ id, netfilter }) =>
    netfilter.flatMap(({ chains }) => chains.flatMap(({ rules }) => rules.map((rule) => `${id} ${rule.id}`))),
  );
}
