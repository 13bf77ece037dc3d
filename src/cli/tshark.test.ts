import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Flow } from '../datamodel/flow/flow.ts';
import type { Conversation } from '../datamodel/flow/trace.ts';
import { framesAtInterfaces } from '../print/captureInterfaces.ts';
import { conversationPcapng } from '../print/conversationPcapng.ts';
import { readClusterFlows, simulateCapturedFlow } from '../sim/captured/capturedFlow.ts';
import { createSimulation, openSample } from '../sim/createSimulation.ts';

const available = spawnSync('tshark', ['--version']).status === 0;
const bad = ['ip', 'tcp', 'udp', 'sctp'].map((protocol) => `${protocol}.checksum.status == "Bad"`).join(' || ');
/** The kernel leaves stale checksums inside ICMP quotes: there only malformed packets count. */
const FILTER = `_ws.malformed || icmp.checksum.status == "Bad" || ((${bad}) && !(icmp.type == 3 || icmp.type == 11))`;
/** Every segment is seen once a device: read as one stream, a capture of a real kernel is said to overlap itself as well. */
const SINGLY = ['-o', 'tcp.desegment_tcp_streams:FALSE'];
const OPTIONS = [
  '-o',
  'ip.check_checksum:TRUE',
  '-o',
  'tcp.check_checksum:TRUE',
  '-o',
  'udp.check_checksum:TRUE',
  '-o',
  'sctp.checksum:CRC-32c',
  ...SINGLY,
];

const flows = readClusterFlows();

describe('what tshark says about an exported capture', () => {
  // A tshark takes longer to start than to read: it gets all of them at once, each a section of its own. It would put pieces of
  // different flows together, though: what is in pieces it gets alone.
  test('every captured flow: nothing malformed, every checksum right', { timeout: 60_000 }, ({ skip }) => {
    requireTshark(skip);
    const sent = flows.map((flow) => ({ name: flow.name, ...simulateCapturedFlow(flow) }));
    const [inPieces, whole] = [sent.filter(isInPieces), sent.filter((each) => !isInPieces(each))];
    expect(inPieces.length).toBeGreaterThan(0);
    for (const together of [whole, ...inPieces.map((each) => [each])]) {
      const captures = together.map(({ conversation, cluster }) => conversationPcapng(conversation, cluster));
      const frames = sum(together.map(({ conversation }) => conversation.captures.length));
      expect(complaints(...captures), together[0]?.name).toEqual({ complaints: [], frames });
    }
  });

  test('every captured flow, at the interface that saw most of it alone', { timeout: 60_000 }, ({ skip }) => {
    requireTshark(skip);
    const alone = flows.map((flow) => {
      const { conversation, cluster } = simulateCapturedFlow(flow);
      const frames = framesAtInterfaces(conversation);
      const [name = '', most = 0] = [...frames].reduce((best, each) => (each[1] > best[1] ? each : best), ['', 0]);
      return { most, pcapng: conversationPcapng(conversation, cluster, { interfaces: [name] }) };
    });
    expect(complaints(...alone.map(({ pcapng }) => pcapng))).toEqual({
      complaints: [],
      frames: sum(alone.map(({ most }) => most)),
    });
  });

  test.for(['ping', 'udp', 'tcp', 'http'] as const)('the sample, by name, as %s', (as, { skip }) => {
    requireTshark(skip);
    const simulation = openSample();
    const from = simulation.resolve('deploy/default/frontend', 'from');
    if (!from.ok || from.netns === undefined) throw new Error('the sample has no frontend');
    const flow: Flow = {
      from: from.netns,
      to: { type: 'name', name: 'backend' },
      as,
      port: 80,
      payload: 64,
      repeat: 1,
      warm: false,
    };
    const conversation = simulation.send(flow);
    const { complaints: said, frames } = complaints(conversationPcapng(conversation, simulation.cluster()));
    expect(said).toEqual([]);
    expect(frames).toBe(conversation.captures.length);
    expect(conversation.traces.some((trace) => trace.exchange === 'dns')).toBe(true);
  });
});

test('an association over SCTP, by way of a Service', ({ skip }) => {
  requireTshark(skip);
  const created = createSimulation([{ name: 'cluster.yaml', text: SCTP_CLUSTER }]);
  if (!created.ok) throw new Error(created.error[0]?.message);
  const simulation = created.value;
  const to = simulation.resolve('svc/default/diameter', 'to');
  if (!to.ok) throw new Error(to.message);
  const from = 'pod/default/client';
  const flow: Flow = { from, to: to.to, port: 3868, as: 'sctp', payload: 4000, repeat: 1, warm: false };
  const conversation = simulation.send(flow);
  expect(conversation.outcomes[0]?.type).toBe('answered');
  expect(complaints(conversationPcapng(conversation, simulation.cluster()))).toEqual({
    complaints: [],
    frames: conversation.captures.length,
  });
});

const SCTP_CLUSTER = `
apiVersion: v1
kind: Node
metadata: { name: a }
---
apiVersion: v1
kind: Node
metadata: { name: b }
---
apiVersion: v1
kind: Pod
metadata: { name: client }
spec: { nodeName: a, containers: [{ name: client, image: client }] }
---
apiVersion: v1
kind: Pod
metadata: { name: diameter, labels: { app: diameter } }
spec: { nodeName: b, containers: [{ name: d, image: d, ports: [{ containerPort: 3868, protocol: SCTP }] }] }
---
apiVersion: v1
kind: Service
metadata: { name: diameter }
spec: { selector: { app: diameter }, ports: [{ port: 3868, protocol: SCTP }] }
`;

function requireTshark(skip: (reason: string) => void): void {
  if (available) return;
  if (process.env.CI) throw new Error('tshark is not installed');
  skip('tshark is not installed');
}

function isInPieces({ conversation }: { readonly conversation: Conversation }): boolean {
  return conversation.traces.some(({ hops }) =>
    hops.some(({ steps }) => steps.some(({ type }) => type === 'fragment')),
  );
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}

function complaints(...captures: readonly Uint8Array[]): {
  readonly complaints: readonly string[];
  readonly frames: number;
} {
  const folder = mkdtempSync(join(tmpdir(), 'hopscope-'));
  try {
    const file = join(folder, 'capture.pcapng');
    writeFileSync(file, Buffer.concat(captures));
    const run = (...more: string[]): string[] => {
      const result = spawnSync('tshark', ['-r', file, '-d', 'udp.port==8472,vxlan', ...OPTIONS, ...more], {
        encoding: 'utf8',
        maxBuffer: 64 * 1024 * 1024,
      });
      if (result.status !== 0) throw new Error(result.stderr);
      return result.stdout.split('\n').filter((line) => line !== '');
    };
    return { complaints: run('-Y', FILTER), frames: run('-T', 'fields', '-e', 'frame.number').length };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
