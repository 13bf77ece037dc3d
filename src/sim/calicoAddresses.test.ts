import { describe, expect, it } from 'vitest';
import type { CniBackend } from '../datamodel/cluster/command.ts';
import { parseIpPrefix, prefixContains } from '../wire/address.ts';
import { createSimulation, openSample } from './createSimulation.ts';
import type { Simulation } from './simulation.ts';
import { sampleRequest } from './testing/sampleRequest.ts';

const BACKEND = { namespace: 'default', workload: 'Deployment/backend' } as const;

/** Nothing in it says who has which address. */
const WORKLOADS = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: backend}
spec:
  replicas: 3
  selector: {matchLabels: {app: backend}}
  template:
    metadata: {labels: {app: backend}}
    spec: {containers: [{name: main, ports: [{containerPort: 8080}]}]}
`;

function open(cni?: CniBackend): Simulation {
  const created = createSimulation([{ name: 'workloads.yaml', text: WORKLOADS }], cni ? { cni } : {});
  if (!created.ok) throw new Error(JSON.stringify(created.error));
  return created.value;
}

function addresses(simulation: Simulation): ReadonlyMap<string, string | undefined> {
  const pods = simulation.cluster().pods.filter((pod) => !pod.hostNetwork);
  return new Map(pods.map((pod) => [pod.netns, pod.address]));
}

describe('flipping to Calico', () => {
  it('recreates the Pods with addresses of their nodes’ blocks; endpoints, rules and names follow', () => {
    const simulation = openSample();
    const before = addresses(simulation);
    expect(simulation.apply({ type: 'configure', settings: { cni: 'calico-vxlan' } })).toMatchObject({ rebuilt: true });
    const after = addresses(simulation);
    expect([...after.keys()]).toEqual([...before.keys()]);
    expect([...after.values()].some((address) => [...before.values()].includes(address))).toBe(false);
    const view = simulation.cluster();
    for (const pod of view.pods.filter((each) => !each.hostNetwork)) {
      const blocks = view.nodes.find(({ name }) => name === pod.node)?.podBlocks ?? [];
      const isIn = (block: string): boolean => {
        const prefix = parseIpPrefix(block);
        return prefix !== undefined && pod.address !== undefined && prefixContains(prefix, pod.address);
      };
      expect(blocks.some(isIn)).toBe(true);
    }
    const endpoints = view.services.find(({ name }) => name === 'backend')?.endpoints ?? [];
    expect(endpoints.length).toBeGreaterThan(0);
    for (const { address } of endpoints) expect([...after.values()]).toContain(address);
    expect(simulation.send(sampleRequest(simulation)).outcomes[0]?.type).toBe('answered');
  });

  it('comes to the same as a cluster that was built so, and back to what was before', () => {
    const simulation = open();
    const before = addresses(simulation);
    simulation.apply({ type: 'configure', settings: { cni: 'calico-ipip' } });
    expect(addresses(simulation)).toEqual(addresses(open('calico-ipip')));
    simulation.apply({ type: 'configure', settings: { cni: 'flannel-vxlan' } });
    expect(addresses(simulation)).toEqual(before);
  });

  it('brings back what the manifests say about addresses with the CNI that they set up', () => {
    const simulation = openSample();
    const before = addresses(simulation);
    simulation.apply({ type: 'configure', settings: { cni: 'calico-ipip' } });
    expect(addresses(simulation)).not.toEqual(before);
    simulation.apply({ type: 'configure', settings: { cni: 'flannel-host-gw' } });
    expect(addresses(simulation)).toEqual(before);
  });

  it('keeps what was scaled since', () => {
    const simulation = openSample();
    simulation.apply({ type: 'operate', operation: { type: 'scale', ...BACKEND, replicas: 4 } });
    const pods = [...addresses(simulation).keys()];
    simulation.apply({ type: 'configure', settings: { cni: 'calico-bgp' } });
    expect([...addresses(simulation).keys()].sort()).toEqual(pods.sort());
  });

  it('sends the compared request to the same Pod, whatever its address', () => {
    const simulation = openSample();
    const flow = sampleRequest(simulation);
    const sides = simulation.compare(flow, [{ cni: 'flannel-vxlan' }, { cni: 'calico-vxlan' }]);
    for (const { conversation } of sides) expect(conversation.outcomes[0]?.type).toBe('answered');
    const server = (i: 0 | 1) => /pod=(\S+)/.exec(sides[i].conversation.outcomes[0]?.text ?? '')?.[1];
    expect(server(0)).toBeDefined();
    expect(server(0)).toBe(server(1));
  });
});

describe('Calico’s IPAM in a running cluster', () => {
  it('hands a freed address out again only when the block’s others have had their turn', () => {
    const simulation = open('calico-bgp');
    const [pod] = simulation.cluster().pods.filter(({ owner }) => owner === BACKEND.workload);
    simulation.apply({
      type: 'operate',
      operation: { type: 'deletePod', namespace: 'default', name: pod?.name ?? '' },
    });
    simulation.apply({ type: 'operate', operation: { type: 'scale', ...BACKEND, replicas: 8 } });
    const all = [...addresses(simulation).values()];
    expect(new Set(all).size).toBe(all.length);
    expect(all).not.toContain(pod?.address);
  });
});
