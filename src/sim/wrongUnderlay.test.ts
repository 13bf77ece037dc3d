import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { ClusterSettings, CniBackend } from '../datamodel/cluster/command.ts';
import type { Trace } from '../datamodel/flow/trace.ts';
import { ETHERNET_HEADER_LENGTH } from '../wire/ethernet.ts';
import { Ipv4View } from '../wire/ipv4.ts';
import { askBgp } from './askBgp.ts';
import { createSimulation } from './createSimulation.ts';
import type { Simulation } from './simulation.ts';

const text = readFileSync(new URL('captured/cluster.yaml', import.meta.url), 'utf8');
const IPIP_BACKENDS: readonly CniBackend[] = ['flannel-ipip', 'calico-ipip'];
const IPIP = 4;

function open(settings: Partial<ClusterSettings>, more = ''): Simulation {
  const created = createSimulation([{ name: 'cluster.yaml', text: `${text}${more}` }], settings);
  if (!created.ok) throw new Error(created.error[0]?.message);
  return created.value;
}

/** A Pod's ping to one on another node, and what came of it. */
function ping(simulation: Simulation) {
  const to = simulation.resolve('pod/default/p3a', 'to');
  if (!to.ok || to.to === undefined) throw new Error('no p3a');
  const flow = { from: 'pod/default/p1a', to: to.to, as: 'ping', payload: 56, repeat: 1, warm: true } as const;
  const { outcomes, traces } = simulation.send(flow);
  const request = traces.find(({ role, exchange }) => role === 'forward' && exchange === 'flow') as Trace;
  return { outcome: outcomes[0]?.type, request, lost: request.disposition };
}

/** The protocol in the outermost IPv4 header of the packet where it ended. */
function lastProtocol({ hops }: Trace): number | undefined {
  const step = hops.at(-1)?.steps.at(-1);
  return step && new Ipv4View(step.bytes.subarray(step.link === 'ethernet' ? ETHERNET_HEADER_LENGTH : 0)).protocol;
}

describe('IP in IP', () => {
  it.each(IPIP_BACKENDS)('is dropped by a cloud that carries TCP, UDP and ICMP alone: %s', (cni) => {
    const { outcome, request, lost } = ping(open({ underlay: 'cloud-vpc', cni }));
    expect(outcome).toBe('timeout');
    expect(lost).toMatchObject({ type: 'dropped', netns: 'router/vpc', reason: 'NETFILTER_DROP' });
    expect(lost.type === 'dropped' && lost.because).toContain('the cloud carries TCP, UDP and ICMP');
    expect(lastProtocol(request)).toBe(IPIP);
  });

  it.each(IPIP_BACKENDS)('is dropped where protocol 4 is filtered, and passes where it is named: %s', (cni) => {
    const simulation = open({ underlay: 'filtered', cni });
    const { outcome, request, lost } = ping(simulation);
    expect(outcome).toBe('timeout');
    expect(lost).toMatchObject({ type: 'dropped', netns: 'underlay', reason: 'NETFILTER_DROP' });
    expect(lost.type === 'dropped' && lost.because).toContain('this network passes tcp, icmp, udp/53');
    expect(lastProtocol(request)).toBe(IPIP);
    const passes = ['tcp', 'icmp', '4'];
    expect(simulation.apply({ type: 'configure', settings: { underlayOptions: { passes } } })).toMatchObject({
      ok: true,
    });
    expect(ping(simulation).outcome).toBe('answered');
  });
});

describe('host-gw across two subnets', () => {
  it('leaves a node without the route, says so, and its packets end in the router between', () => {
    const simulation = open({ underlay: 'two-subnets', cni: 'flannel-host-gw' });
    const { warnings, nodes } = simulation.cluster();
    const far = nodes.find(({ name }) => name === 'node3');
    expect(warnings.join('\n')).toMatch(/cannot add its routes to node3: network is unreachable/);
    expect(
      simulation
        .print('node/node1', 'ip-route')
        .map(({ text: line }) => line)
        .join('\n'),
    ).not.toContain(`${far?.podCidr}`);
    const { outcome, request, lost } = ping(simulation);
    expect(outcome).not.toBe('answered');
    expect(request.hops.map(({ netns }) => netns).slice(0, 2)).toEqual(['pod/default/p1a', 'node/node1']);
    expect(lost).toMatchObject({ type: 'dropped', netns: expect.stringMatching(/^router\/|^underlay$/) });
  });
});

describe('BGP towards routers that do not listen', () => {
  /** Every node peers with the router of its subnet, and with nobody else. */
  const peers = `
---
apiVersion: projectcalico.org/v3
kind: BGPConfiguration
metadata: {name: default}
spec: {nodeToNodeMeshEnabled: false, asNumber: 64512}
---
apiVersion: projectcalico.org/v3
kind: BGPPeer
metadata: {name: gateway}
spec: {peerIP: 192.168.1.1, asNumber: 64512}
---
apiVersion: projectcalico.org/v3
kind: IPPool
metadata: {name: default}
spec: {cidr: 10.244.0.0/16, blockSize: 26, ipipMode: Never, vxlanMode: Never, natOutgoing: true}
`;

  it('never comes up: each connection is refused, and no node hears of another’s Pods', () => {
    const simulation = open({ underlay: 'two-subnets', cni: 'calico-bgp' }, peers);
    const answer = askBgp(simulation.plan(), simulation.routing(), {});
    if (answer.kind !== 'live') throw new Error(answer.kind);
    const sessions = answer.live.shown.states.flatMap(({ protocols }) =>
      protocols.flatMap(({ session }) => session ?? []),
    );
    expect(sessions.length).toBeGreaterThan(0);
    for (const session of sessions) {
      expect(session.state).not.toBe('Established');
      expect(session.lastError ?? 'Socket: Connection refused').toBe('Socket: Connection refused');
    }
    expect(sessions.some(({ lastError }) => lastError !== undefined)).toBe(true);
    for (const { netns } of simulation.cluster().nodes) {
      const bird = simulation
        .print(netns, 'ip-route')
        .flatMap(({ text: line }) => (line.includes('bird') ? [line] : []));
      expect(bird.every((line) => line.startsWith('blackhole'))).toBe(true);
    }
    expect(ping(simulation).outcome).not.toBe('answered');
  });
});
