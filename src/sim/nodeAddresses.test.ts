import { expect, it } from 'vitest';
import { createSimulation } from './createSimulation.ts';

const CLUSTER = `
apiVersion: v1
kind: Node
metadata: { name: many }
status:
  addresses:
    - { type: Hostname, address: many }
    - { type: InternalIP, address: 192.168.1.11 }
    - { type: InternalIP, address: 192.168.1.12 }
    - { type: InternalIP, address: 10.77.0.5 }
    - { type: InternalIP, address: "2001:db8::11" }
---
apiVersion: v1
kind: Pod
metadata: { name: web, labels: { app: web } }
spec: { nodeName: many, containers: [{ name: web, image: web, ports: [{ containerPort: 8080 }] }] }
---
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { type: NodePort, selector: { app: web }, ports: [{ port: 80, targetPort: 8080, nodePort: 30080 }] }
`;

function simulation() {
  const created = createSimulation([{ name: 'cluster.yaml', text: CLUSTER }]);
  if (!created.ok) throw new Error(created.error[0]?.message);
  return created.value;
}

it('puts every InternalIP of a Node on its interface', () => {
  const eth0 = simulation()
    .print('node/many', 'ip-addr')
    .map(({ text }) => text.trim())
    .filter((text) => text.startsWith('inet'));
  expect(eth0).toEqual(
    expect.arrayContaining([
      'inet 192.168.1.11/24 brd 192.168.1.255 scope global eth0',
      'inet 192.168.1.12/24 brd 192.168.1.255 scope global secondary eth0',
      'inet 10.77.0.5/32 scope global eth0',
      'inet6 2001:db8::11/64 scope global',
    ]),
  );
});

it.each(['192.168.1.11', '192.168.1.12', '10.77.0.5'])('serves its node ports at %s', (address) => {
  const { outside } = simulation().cluster();
  const world = simulation();
  const to = world.resolve(address, 'to');
  if (!to.ok) throw new Error(to.message);
  const flow = { from: outside[0]?.netns ?? '', to: to.to, port: 30_080, as: 'http', payload: 0, repeat: 1 } as const;
  expect(world.send({ ...flow, warm: true }).outcomes).toMatchObject([{ type: 'answered' }]);
});
