import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Step } from '../datamodel/flow/step.ts';
import type { Conversation } from '../datamodel/flow/trace.ts';
import { openSample } from './createSimulation.ts';
import type { Simulation } from './simulation.ts';
import { exec, sampleRequest, stepsInOrder } from './testing/sampleRequest.ts';
import { conversationProblems } from './testing/traceProblems.ts';

const NODE = 'node/worker-01';
const ROUTE = '10.244.2.0/24 via 10.244.2.0 dev flannel.1 onlink';

describe('tables that change while packets are under way', () => {
  it('meet the packet where it is: what has happened stays, and it is lost at the look-up to come', () => {
    const { simulation, conversation } = sent();
    const translated = find(conversation, (step) => step.type === 'translate');
    const changed = changeAt(simulation, conversation, translated, 'ip route add blackhole 10.244.2.47');
    expect(upTo(changed, translated)).toEqual(upTo(conversation, translated));
    const next = stepsInOrder(changed).find((step) => step.id > translated.id && step.type === 'route');
    expect(next).toMatchObject({ netns: NODE, result: 'blackhole' });
    expect(changed.traces[0]?.disposition).toMatchObject({ type: 'dropped', netns: NODE });
    expect(changed.outcomes[0]?.type).toBe('timeout');
    expect(simulation.send(sampleRequest(simulation)).outcomes[0]?.type).toBe('timeout');
  });

  it('let the retry through when they are mended before it comes', () => {
    const { simulation, conversation } = sent({}, `ip route del ${ROUTE}`, 'ip route add blackhole 10.244.2.0/24');
    const drop = find(conversation, (step) => step.type === 'drop' && step.netns === NODE);
    const at = { conversation: conversation.id, step: drop.id };
    const applied = simulation.apply({ type: 'undo', edit: 'all', at });
    if (!applied.ok || !applied.conversation) throw new Error('nothing went on');
    expect(applied.conversation.outcomes[0]?.type).toBe('answered');
    expect(upTo(applied.conversation, drop)).toEqual(upTo(conversation, drop));
    const syns = applied.conversation.traces.filter(
      (trace) => trace.label.startsWith('SYN') && trace.role === 'forward',
    );
    expect(syns.map((trace) => trace.disposition.type)).toEqual(['dropped', 'delivered']);
  });

  it('are printed as they were at each moment', () => {
    const { simulation, conversation } = sent();
    const translated = find(conversation, (step) => step.type === 'translate');
    const changed = changeAt(simulation, conversation, translated, `ip route del ${ROUTE}`);
    const routesAt = (step: number): string =>
      simulation
        .print(NODE, 'ip-route', { conversation: changed.id, step })
        .map((line) => line.text)
        .join('\n');
    expect(routesAt(translated.id - 1)).toContain('10.244.2.0/24');
    expect(routesAt(translated.id)).not.toContain('10.244.2.0/24');
  });

  it('forget connections from then on: the answer to a forgotten one is INVALID, the next try begins a new one', () => {
    const { simulation, conversation } = sent();
    const encapsulated = find(conversation, (step) => step.type === 'encapsulate');
    const changed = changeAt(simulation, conversation, encapsulated, 'conntrack -F');
    const lines = (step: number): number =>
      simulation.print(NODE, 'conntrack', { conversation: changed.id, step }).length;
    expect(lines(encapsulated.id - 1)).toBeGreaterThan(0);
    expect(lines(encapsulated.id)).toBe(0);
    // conntrack calls an answer to nothing INVALID, and kube-proxy's rule drops it
    const answer = changed.traces.find((trace) => trace.label === 'SYN ACK');
    expect(answer?.disposition).toMatchObject({ type: 'dropped', netns: NODE, reason: 'NETFILTER_DROP' });
    const second = changed.traces.find((trace) => trace.label === 'SYN, sent again');
    const undone = stepsInOrder(changed).find((step) => step.type === 'translate' && step.kind === 'undo-dnat');
    expect(undone?.id).toBeGreaterThan(second?.hops[0]?.steps[0]?.id ?? 0);
  });

  it('at an earlier moment take back what had changed later, and say so', () => {
    const { simulation, conversation } = sent();
    const translated = find(conversation, (step) => step.type === 'translate');
    const later = changeAt(simulation, conversation, translated, 'ip route add blackhole 10.244.2.47');
    const applied = exec(simulation, NODE, 'sysctl -w net.ipv4.ip_forward=0', { conversation: later.id, step: 3 });
    expect(applied.takenBack).toEqual(['ip route add blackhole 10.244.2.47']);
    expect(simulation.cluster().edits?.map((edit) => edit.line)).toEqual(['sysctl -w net.ipv4.ip_forward=0']);
  });

  it('show a command line what there was at the moment', () => {
    const { simulation, conversation } = sent();
    const at = { conversation: conversation.id, step: 0 };
    expect(exec(simulation, NODE, 'conntrack -L', at).output?.lines).toEqual([]);
    const last = { conversation: conversation.id, step: stepsInOrder(conversation).at(-1)?.id ?? 0 };
    expect(exec(simulation, NODE, 'conntrack -L', last).output?.lines.length).toBeGreaterThan(0);
  });

  it('leave the past as it was and the record in order, whenever and whatever is changed', () => {
    const lines = fc.constantFrom(
      'ip link set flannel.1 down',
      'ip link set cni0 mtu 600',
      'ip route flush dev flannel.1',
      'iptables -t nat -F',
      'iptables -P FORWARD DROP',
      'iptables -I FORWARD -j REJECT',
      'ip neigh flush all',
      'bridge fdb flush dev flannel.1',
      'conntrack -F',
      'sysctl -w net.bridge.bridge-nf-call-iptables=0',
      'ip addr flush dev eth0',
      'ip link del cni0',
    );
    const kind = fc.constantFrom('ping' as const, 'udp' as const, 'http' as const);
    fc.assert(
      fc.property(
        lines,
        lines,
        kind,
        fc.boolean(),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (a, b, as, warm, share) => {
          const { simulation, conversation } = sent({ as, warm, payload: 900 });
          const steps = stepsInOrder(conversation);
          const step = steps[Math.floor(share * (steps.length - 1))] as Step;
          let shown = conversation;
          for (const line of [a, b]) {
            const at = { conversation: shown.id, step: step.id };
            const applied = simulation.apply({ type: 'exec', netns: NODE, line, at });
            if (applied.ok) shown = applied.conversation ?? shown;
          }
          expect(upTo(shown, step)).toEqual(upTo(conversation, step));
          expect(conversationProblems(shown)).toEqual([]);
          expect(shown.budgetSpent).toBe(false);
          expect(shown.outcomes).toHaveLength(1);
        },
      ),
      { numRuns: 60 },
    );
  });
});

function sent(rest: Parameters<typeof sampleRequest>[1] = {}, ...lines: readonly string[]) {
  const simulation = openSample();
  for (const line of lines) exec(simulation, NODE, line);
  return { simulation, conversation: simulation.send(sampleRequest(simulation, rest)) };
}

function changeAt(simulation: Simulation, conversation: Conversation, step: Step, line: string): Conversation {
  const applied = exec(simulation, NODE, line, { conversation: conversation.id, step: step.id });
  if (!applied.conversation) throw new Error(`${line} met nothing`);
  return applied.conversation;
}

function find(conversation: Conversation, wanted: (step: Step) => boolean): Step {
  const found = stepsInOrder(conversation).find(wanted);
  if (!found) throw new Error('there is no such step');
  return found;
}

function upTo(conversation: Conversation, last: Step): readonly Step[] {
  return stepsInOrder(conversation).filter((step) => step.id <= last.id);
}
