import { describe, expect, it } from 'vitest';
import { sampleSources } from '../../../../manifests/sample.ts';
import { createSimulation } from '../../../createSimulation.ts';

const WORKLOAD = JSON.stringify({
  apiVersion: 'v1',
  kind: 'List',
  items: [
    { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1' } },
    pod('plain', {}),
    pod('bound', { nodeName: 'n1' }),
    pod('tolerant', { tolerations: [{ operator: 'Exists' }] }),
    pod('host', { hostNetwork: true, tolerations: [{ operator: 'Exists' }] }),
  ],
});

function pod(name: string, spec: object): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default' },
    spec: { ...spec, containers: [{ name: 'main', image: 'example' }] },
  };
}

describe('a cluster without a CNI', () => {
  it('has nodes that are not ready; Pods wait for a node or for their network, but those of the node’s own', () => {
    const created = createSimulation([{ name: 'w.json', text: WORKLOAD }], { cni: 'none' });
    if (!created.ok) throw new Error(JSON.stringify(created.error));
    const view = created.value.cluster();
    expect(view.nodes.map(({ ready }) => ready)).toEqual([false]);
    const of = (name: string) => view.pods.find((each) => each.name === name);
    expect(of('plain')).toMatchObject({ phase: 'Pending', node: undefined });
    expect(of('plain')?.message).toContain('untolerated taint(s)');
    for (const name of ['bound', 'tolerant']) {
      expect(of(name)).toMatchObject({ phase: 'Pending', node: 'n1', ready: false, address: undefined });
      expect(of(name)?.message).toContain('cni plugin not initialized');
    }
    expect(of('host')).toMatchObject({ phase: 'Running', ready: true, address: view.nodes[0]?.address });
    const sent = created.value.send({
      from: 'node/n1',
      to: { type: 'address', address: view.nodes[0]?.address ?? '' } as never,
      as: 'ping',
      payload: 56,
      repeat: 1,
      warm: false,
    });
    expect(sent.outcomes.map(({ type }) => type)).toEqual(['answered']);
  });

  it('takes a dump’s addresses and endpoints away, and gives others back with the next CNI', () => {
    const created = createSimulation(sampleSources(), { cni: 'none' });
    if (!created.ok) throw new Error(JSON.stringify(created.error));
    const simulation = created.value;
    const own = () => simulation.cluster().pods.filter(({ hostNetwork }) => !hostNetwork);
    expect(own().flatMap(({ address }) => address ?? [])).toEqual([]);
    expect(simulation.cluster().nodes.every(({ ready }) => !ready)).toBe(true);
    expect(simulation.apply({ type: 'configure', settings: { cni: 'flannel-vxlan' } }).ok).toBe(true);
    expect(own().every(({ address, ready }) => address !== undefined && ready)).toBe(true);
    expect(simulation.apply({ type: 'configure', settings: { cni: 'none' } }).ok).toBe(true);
    expect(own().flatMap(({ address }) => address ?? [])).toEqual([]);
  });
});
