import { expect, it } from 'vitest';
import { createSimulation } from './createSimulation.ts';

const CLUSTER = `
apiVersion: v1
kind: Node
metadata: { name: here }
---
apiVersion: v1
kind: Node
metadata: { name: elsewhere }
---
apiVersion: v1
kind: Pod
metadata: { name: web, labels: { app: web } }
spec: { nodeName: here, containers: [{ name: web, image: web, ports: [{ containerPort: 80 }] }] }
---
apiVersion: v1
kind: Service
metadata: { name: web }
spec:
  type: LoadBalancer
  externalTrafficPolicy: Local
  healthCheckNodePort: 31000
  selector: { app: web }
  ports: [{ port: 80 }]
`;

it.each([
  ['here', '"localEndpoints":1'],
  ['elsewhere', '"localEndpoints":0'],
])('node %s tells a load balancer %s', (node, words) => {
  const created = createSimulation([{ name: 'cluster.yaml', text: CLUSTER }]);
  if (!created.ok) throw new Error(created.error[0]?.message);
  const simulation = created.value;
  const from = simulation.cluster().outside[0]?.netns ?? '';
  const to = simulation.resolve(`node/${node}`, 'to');
  if (!to.ok) throw new Error(to.message);
  const flow = { from, to: to.to, port: 31_000, as: 'http', payload: 0, repeat: 1, warm: true } as const;
  expect(JSON.stringify(simulation.send(flow).outcomes)).toContain(words.replaceAll('"', '\\"'));
});
