import { beforeEach, describe, expect, it } from 'vitest';
import type { Step } from '../datamodel/flow/step.ts';
import type { Conversation } from '../datamodel/flow/trace.ts';
import { type IpAddress, ipAddress } from '../wire/address.ts';
import { createSimulation, openSample } from './createSimulation.ts';
import type { Simulation } from './simulation.ts';

const BACKEND = ipAddress('10.96.42.10');
let simulation: Simulation;
let frontend: string;

beforeEach(() => {
  simulation = openSample();
  frontend = simulation.cluster().pods.find((pod) => pod.owner?.includes('frontend'))?.netns ?? '';
});

function ask(address: IpAddress, port: number, pick?: { address: IpAddress; port: number }): Conversation {
  const to = { type: 'address', address } as const;
  return simulation.send({
    from: frontend,
    to,
    port,
    as: 'http',
    payload: 0,
    repeat: 1,
    warm: true,
    ...(pick && { pick }),
  });
}

function flip(proxyMode: 'iptables' | 'nftables'): void {
  simulation.apply({ type: 'configure', settings: { proxyMode } });
}

const stepsOf = ({ traces }: Conversation): readonly Step[] =>
  traces.flatMap((trace) => trace.hops.flatMap((hop) => hop.steps));
const tables = (conversation: Conversation): ReadonlySet<string> =>
  new Set(stepsOf(conversation).flatMap((step) => (step.type === 'hook' ? [step.table] : [])));

describe('kube-proxy in nftables mode', () => {
  it('carries a request the same way as iptables, by other tables', () => {
    const endpoint = simulation.cluster().services.find(({ name }) => name === 'backend')!.endpoints[0]!;
    const frames = (): readonly string[] =>
      ask(BACKEND, 80, endpoint).captures.map(({ netns, device, direction }) => `${netns} ${device} ${direction}`);
    const before = frames();
    flip('nftables');
    expect(frames()).toEqual(before);
    expect(tables(ask(BACKEND, 80))).toContain('ip kube-proxy');
    flip('iptables');
    expect(tables(ask(BACKEND, 80))).not.toContain('ip kube-proxy');
  });

  it('refuses a port that the ClusterIP does not have, where iptables lets it leak', () => {
    expect(ask(BACKEND, 81).outcomes[0]?.type).not.toBe('refused');
    flip('nftables');
    const refused = ask(BACKEND, 81);
    expect(refused.outcomes[0]).toMatchObject({ type: 'refused' });
    expect(stepsOf(refused).find(({ type }) => type === 'drop')).toMatchObject({
      because:
        'A rule of the chain cluster-ips-check in the table ip kube-proxy (“Reject traffic to invalid ports of ClusterIPs”) says reject.',
      icmp: { type: 3, code: 3 },
    });
  });

  it('drops what goes to an address of the Service range that no Service has', () => {
    flip('nftables');
    expect(stepsOf(ask(ipAddress('10.96.200.200'), 80)).find(({ type }) => type === 'drop')).toMatchObject({
      because: expect.stringContaining('Drop traffic to unallocated ClusterIPs'),
    });
  });

  it('prints a line for every entry that a packet met', () => {
    flip('nftables');
    for (const conversation of [ask(BACKEND, 80), ask(BACKEND, 81)]) {
      for (const step of stepsOf(conversation)) {
        if (step.entry?.table !== 'nft') continue;
        const printed = new Set(simulation.print(step.netns, 'nft').map(({ entry }) => entry));
        expect(printed).toContain(step.entry.id);
        if (step.type === 'rule' && step.lookup) expect(printed).toContain(step.lookup.id);
      }
    }
  });

  it('looks up as much with a thousand Services as with one', () => {
    const cost = (services: number): readonly (number | undefined)[] => {
      const created = createSimulation([{ name: 'cluster.yaml', text: clusterOf(services) }], {
        proxyMode: 'nftables',
      });
      if (!created.ok) throw new Error(JSON.stringify(created.error));
      simulation = created.value;
      frontend = 'pod/default/client';
      const steps = stepsOf(ask(ipAddress('10.96.1.1'), 80));
      return steps.flatMap((step) =>
        step.type === 'hook' && step.chainType ? [step.rulesEvaluated, step.lookups] : [],
      );
    };
    const one = cost(1);
    expect(one.length).toBeGreaterThan(4);
    expect(cost(1000)).toEqual(one);
  });

  it('sends a client back to the endpoint that it was sent to before, where the Service has affinity', () => {
    const text = clusterOf(1, 'sessionAffinity: ClientIP');
    const created = createSimulation([{ name: 'cluster.yaml', text }], { proxyMode: 'nftables' });
    if (!created.ok) throw new Error(JSON.stringify(created.error));
    simulation = created.value;
    frontend = 'pod/default/client';
    const second = { address: ipAddress('10.244.1.3'), port: 8080 };
    expect(ask(ipAddress('10.96.1.1'), 80, second).outcomes[0]?.text).toContain('pod=two');
    const lines = simulation.print('node/node1', 'nft').map((line) => line.text);
    expect(lines).toContainEqual(expect.stringMatching(/elements = \{ 10\.244\.0\.2 timeout 3h expires 2h59m\d+s \}/));
    for (let i = 0; i < 8; i++) expect(ask(ipAddress('10.96.1.1'), 80).outcomes[0]?.text).toContain('pod=two');
    const again = stepsOf(ask(ipAddress('10.96.1.1'), 80));
    expect(again.some((step) => step.type === 'rule' && step.coin)).toBe(false);
  });
});

/** A client on one node, two servers on the other behind 10.96.1.1, and other Services of no interest. */
function clusterOf(services: number, more = ''): string {
  const server = (name: string, address: string) =>
    `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}, namespace: default, labels: {app: s}}\nspec: {nodeName: node2, containers: [{name: c, image: x, ports: [{containerPort: 8080}]}]}\nstatus: {podIP: ${address}, phase: Running, conditions: [{type: Ready, status: 'True'}]}\n`;
  const node = (n: number) =>
    `apiVersion: v1\nkind: Node\nmetadata: {name: node${n}}\nspec: {podCIDR: 10.244.${n - 1}.0/24}\nstatus: {addresses: [{type: InternalIP, address: 192.168.1.1${n}}]}\n`;
  const client =
    "apiVersion: v1\nkind: Pod\nmetadata: {name: client, namespace: default}\nspec: {nodeName: node1, containers: [{name: c, image: x}]}\nstatus: {podIP: 10.244.0.2, phase: Running, conditions: [{type: Ready, status: 'True'}]}\n";
  const service = (i: number) =>
    `apiVersion: v1\nkind: Service\nmetadata: {name: s${i}, namespace: default}\nspec:\n  clusterIP: 10.96.${1 + (i >> 7)}.${1 + (i & 127)}\n  selector: {app: s}\n  ports: [{port: 80, targetPort: 8080}]\n  ${i === 0 ? more : ''}\n`;
  const all = [node(1), node(2), client, server('one', '10.244.1.2'), server('two', '10.244.1.3')];
  return [...all, ...Array.from({ length: services }, (_, i) => service(i))].join('---\n');
}
