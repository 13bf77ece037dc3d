import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { UNDERLAYS, type UnderlayName } from '../datamodel/cluster/underlay.ts';
import { createSimulation } from './createSimulation.ts';

const text = readFileSync(new URL('captured/cluster.yaml', import.meta.url), 'utf8');

type Backend = 'calico-bgp' | 'calico-ipip' | 'calico-ipip-crosssubnet' | 'calico-vxlan' | 'calico-vxlan-crosssubnet';

/*
 * Where every Pod reaches every other: BGP's plain routes where routers learn them or are not needed, IP in IP where protocol 4
 * is let through, VXLAN where its port is, and the two across subnets as the subnets are.
 */
const WORKS: Readonly<Record<UnderlayName, readonly Backend[]>> = {
  l2: ['calico-bgp', 'calico-ipip', 'calico-ipip-crosssubnet', 'calico-vxlan', 'calico-vxlan-crosssubnet'],
  'two-subnets': ['calico-ipip', 'calico-ipip-crosssubnet', 'calico-vxlan', 'calico-vxlan-crosssubnet'],
  'leaf-spine': ['calico-bgp', 'calico-ipip', 'calico-ipip-crosssubnet', 'calico-vxlan', 'calico-vxlan-crosssubnet'],
  'cloud-vpc': ['calico-vxlan'],
  filtered: ['calico-bgp', 'calico-ipip-crosssubnet', 'calico-vxlan-crosssubnet'],
};

describe.each(UNDERLAYS)('on %s', (underlay) => {
  it.each(WORKS.l2)('%s', (cni) => {
    const created = createSimulation([{ name: 'cluster.yaml', text }], { underlay, cni });
    if (!created.ok) throw new Error(JSON.stringify(created.error));
    const simulation = created.value;
    const sender = simulation.cluster().pods.find(({ name }) => name === 'p1a');
    const answers = ['p1b', 'p2b', 'p3b'].map((name) => {
      const to = simulation.resolve(`pod/default/${name}:8080`, 'to');
      if (!to.ok || to.to === undefined || to.port === undefined) throw new Error(`no ${name}`);
      const flow = { from: 'pod/default/p1a', to: to.to, port: to.port, as: 'http', payload: 0 } as const;
      return simulation.send({ ...flow, repeat: 1, warm: true }).outcomes[0];
    });
    const works = WORKS[underlay].includes(cni);
    expect(answers.every((answer) => answer?.type === 'answered')).toBe(works);
    if (works) for (const answer of answers) expect(answer?.text).toContain(`saw=${sender?.address}:`);
  });
});
