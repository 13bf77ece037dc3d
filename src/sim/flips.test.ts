import { describe, expect, it } from 'vitest';
import type { ProxyMode } from '../datamodel/cluster/command.ts';
import type { Flow } from '../datamodel/flow/flow.ts';
import type { Step } from '../datamodel/flow/step.ts';
import type { Conversation } from '../datamodel/flow/trace.ts';
import type { Netns } from '../datamodel/network/netns.ts';
import { sampleSources } from '../manifests/sample.ts';
import { createSimulation } from './createSimulation.ts';
import type { Simulation } from './simulation.ts';
import { sampleRequest, stepsInOrder } from './testing/sampleRequest.ts';
import { conversationProblems } from './testing/traceProblems.ts';

/*
 * Every mode that takes another's place while a conversation runs. What is under way lives on where a kernel's memory does
 * without the tables it came from: conntrack repeats the DNAT of iptables and nftables after their rules have gone, as long
 * as some nat chain is left (flannel's is), and a socket that eBPF has sent to an endpoint speaks to that endpoint.
 * IPVS is the exception: its connections are its own, conntrack translates nothing of them, and its hooks go with the last
 * virtual server.
 */

const MODES: readonly ProxyMode[] = ['iptables', 'nftables', 'ipvs', 'ebpf'];
const FLIPS = MODES.flatMap((from) => MODES.flatMap((to) => (from === to ? [] : [{ from, to }])));
const UPLOAD = 6_000;

describe.each(FLIPS)('from $from to $to', ({ from, to }) => {
  it('leaves the past of an upload as it was, the rest of it alive unless IPVS carried it, and takes the next one the new way', () => {
    const { simulation, conversation } = sent(from, { as: 'http', payload: UPLOAD });
    expect(waysOf(conversation)).toEqual([from]);
    const step = midway(conversation);
    const flipped = flip(simulation, conversation, step, to);
    expect(upTo(flipped, step)).toEqual(upTo(conversation, step));
    expect(conversationProblems(flipped)).toEqual([]);
    expect(flipped.budgetSpent).toBe(false);
    expect(flipped.outcomes.map(({ type }) => type)).toEqual([from === 'ipvs' ? 'timeout' : 'answered']);
    const next = simulation.send(sampleRequest(simulation));
    expect(next.outcomes[0]?.type).toBe('answered');
    expect(waysOf(next)).toEqual([to]);
    for (const { netns } of simulation.cluster().nodes) expect(tablesOf(simulation.netns(netns))).toEqual([to]);
  });

  it('leaves the past of a datagram as it was, and lets its answer come unless IPVS has to turn it round', () => {
    const { simulation, conversation } = sent(from, { to: { type: 'name', name: 'echo' }, port: 9000, as: 'udp' });
    const step = midway(conversation);
    const flipped = flip(simulation, conversation, step, to);
    expect(upTo(flipped, step)).toEqual(upTo(conversation, step));
    expect(conversationProblems(flipped)).toEqual([]);
    expect(flipped.outcomes[0]?.type === 'answered').toBe(from !== 'ipvs');
  });
});

const ECHO = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: echo}
spec:
  replicas: 3
  selector: {matchLabels: {app: echo}}
  template:
    metadata: {labels: {app: echo}}
    spec:
      containers: [{name: echo, image: echo, ports: [{containerPort: 9000, protocol: UDP}]}]
---
apiVersion: v1
kind: Service
metadata: {name: echo}
spec: {selector: {app: echo}, ports: [{protocol: UDP, port: 9000}]}
`;

function sent(proxyMode: ProxyMode, rest: Partial<Flow>) {
  const created = createSimulation([...sampleSources(), { name: 'echo.yaml', text: ECHO }], { proxyMode });
  if (!created.ok) throw new Error(created.error.map(({ message }) => message).join('\n'));
  const simulation = created.value;
  return { simulation, conversation: simulation.send(sampleRequest(simulation, rest)) };
}

function flip(simulation: Simulation, { id }: Conversation, { id: step }: Step, proxyMode: ProxyMode): Conversation {
  const applied = simulation.apply({ type: 'configure', settings: { proxyMode }, at: { conversation: id, step } });
  if (!applied.ok || !applied.conversation) throw new Error('nothing went on');
  return applied.conversation;
}

/** Where the first packet with something in it has reached its server: the connection is there, and its answer is to come. */
function midway({ traces }: Conversation): Step {
  const trace = traces.find(
    ({ role, exchange, label }) => role === 'forward' && exchange === 'flow' && !/^(SYN|ACK)\b/.test(label),
  );
  const step = trace?.hops.flatMap(({ steps }) => steps).find(({ type }) => type === 'deliver');
  if (!step) throw new Error('nothing has come');
  return step;
}

function upTo(conversation: Conversation, last: Step): readonly Step[] {
  return stepsInOrder(conversation).filter((step) => step.id <= last.id);
}

/** Who turned the Service into an endpoint. */
function waysOf(conversation: Conversation): readonly ProxyMode[] {
  const ways = stepsInOrder(conversation).flatMap((step): readonly ProxyMode[] => {
    if (step.type === 'ipvs') return ['ipvs'];
    if (step.type === 'program') return ['ebpf'];
    if (step.type !== 'rule') return [];
    if (step.table === 'ip kube-proxy') return ['nftables'];
    return step.chain.startsWith('KUBE-SEP-') ? ['iptables'] : [];
  });
  return [...new Set(ways)];
}

/** Whose tables a node has. */
function tablesOf(netns: Netns | undefined): readonly ProxyMode[] {
  const chains = netns?.netfilter.flatMap((table) => table.chains) ?? [];
  const has: Readonly<Record<ProxyMode, boolean>> = {
    iptables: chains.some(({ name }) => name.startsWith('KUBE-SVC-')),
    nftables: netns?.nftables !== undefined,
    ipvs: netns?.virtualServers !== undefined,
    ebpf: netns?.ebpf !== undefined,
  };
  return MODES.filter((mode) => has[mode]);
}
