import { describe, expect, it } from 'vitest';
import { readClusterFlows, simulateCapturedFlow } from '../sim/captured/capturedFlow.ts';
import { ipAddress } from '../wire/address.ts';
import { type Capsule, capsuleOf } from './capsule.ts';
import { articleCluster, TO_SERVICE } from './testing/flows.ts';

const { send } = articleCluster();
const flow = send(TO_SERVICE);
const refused = send({
  from: 'pod/default/frontend-x2k9p',
  to: { type: 'address', address: ipAddress('10.96.42.99') },
});

function capsules(conversation: typeof flow, label: RegExp): Capsule[] {
  const traces = conversation.traces.filter((trace) => label.test(trace.label));
  return traces.flatMap((trace) =>
    trace.hops.flatMap((hop) => hop.steps.map((step) => capsuleOf(step.bytes, step.link))),
  );
}

describe('a capsule', () => {
  it('carries its destination as the bytes say it, in a shell for every header', () => {
    const syn = capsules(flow, /^SYN$/);
    expect(syn[0]).toEqual({
      label: '10.96.42.10:80',
      source: syn[0]?.source,
      shells: ['ip', 'l4'],
      overhead: 0,
      piece: false,
    });
    expect(syn.at(-1)?.label).toBe('10.244.2.47:8080');
    expect(syn.find((capsule) => capsule.overhead > 0)).toMatchObject({
      shells: ['tunnel', 'ip', 'l4'],
      overhead: 50,
      label: '10.244.2.47:8080',
    });
  });

  it('shows nothing of what is encrypted but where it goes', () => {
    const captured = readClusterFlows().find(({ name }) => name === '60b_wg_cross_node_tcp');
    if (!captured) throw new Error('There is no such flow');
    const outer = capsules(simulateCapturedFlow(captured).conversation, /^SYN$/).find(({ overhead }) => overhead > 0);
    expect(outer).toMatchObject({ label: 'encrypted, to 192.168.1.12', shells: ['tunnel', 'data'], overhead: 60 });
  });

  it('has a core when it carries data', () => {
    expect(capsules(flow, /HTTP|GET/)[0]?.shells).toContain('data');
  });

  it('says what ARP asks and answers', () => {
    expect(capsules(flow, /^ARP who-has 10\.244\.1\.1$/)[0]).toMatchObject({
      label: 'who has 10.244.1.1',
      shells: ['arp'],
    });
    expect(capsules(flow, /^ARP 10\.244\.1\.1 is-at/)[0]?.label).toBe('10.244.1.1 is here');
  });

  it('names an ICMP error, shows where it goes, and keeps what it quotes apart', () => {
    const error = refused.traces.find((trace) => trace.role === 'error')!;
    const [first] = error.hops[0]!.steps;
    expect(capsuleOf(first!.bytes, first!.link)).toMatchObject({
      label: '10.244.1.23',
      mark: 'port unreachable',
      quoted: { label: '10.96.42.99:80', shells: ['ip', 'l4'] },
    });
  });

  it('is read once for bytes that steps share', () => {
    const [step] = flow.traces[0]!.hops[0]!.steps;
    expect(capsuleOf(step!.bytes, step!.link)).toBe(capsuleOf(step!.bytes, step!.link));
  });

  it('survives bytes that are no packet', () => {
    expect(capsuleOf(new Uint8Array([1, 2, 3]), 'ethernet').shells).toBeDefined();
    expect(capsuleOf(new Uint8Array(0), 'ip').label).toBe('');
  });
});
