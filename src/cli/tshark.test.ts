import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Flow } from '../datamodel/flow/flow.ts';
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
  test.for(flows)('$name: nothing malformed, every checksum right', (flow, { skip }) => {
    requireTshark(skip);
    const { conversation, cluster } = simulateCapturedFlow(flow);
    expect(complaints(conversationPcapng(conversation, cluster))).toEqual({
      complaints: [],
      frames: conversation.captures.length,
    });
  });

  test.for(flows)('$name, at the interface that saw most of it alone', (flow, { skip }) => {
    requireTshark(skip);
    const { conversation, cluster } = simulateCapturedFlow(flow);
    const frames = framesAtInterfaces(conversation);
    const [name = '', most = 0] = [...frames].reduce((best, each) => (each[1] > best[1] ? each : best), ['', 0]);
    expect(complaints(conversationPcapng(conversation, cluster, { interfaces: [name] }))).toEqual({
      complaints: [],
      frames: most,
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

function complaints(pcapng: Uint8Array): { readonly complaints: readonly string[]; readonly frames: number } {
  const folder = mkdtempSync(join(tmpdir(), 'hopscope-'));
  try {
    const file = join(folder, 'capture.pcapng');
    writeFileSync(file, pcapng);
    const run = (...more: string[]): string[] => {
      const result = spawnSync('tshark', ['-r', file, '-d', 'udp.port==8472,vxlan', ...OPTIONS, ...more], {
        encoding: 'utf8',
      });
      if (result.status !== 0) throw new Error(result.stderr);
      return result.stdout.split('\n').filter((line) => line !== '');
    };
    return { complaints: run('-Y', FILTER), frames: run('-T', 'fields', '-e', 'frame.number').length };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
