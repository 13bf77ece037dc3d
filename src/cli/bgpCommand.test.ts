import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const BIN = fileURLToPath(new URL('../../scripts/hopscope.mjs', import.meta.url));
const CLUSTER = fileURLToPath(new URL('../sim/captured/cluster.yaml', import.meta.url));

function hopscope(...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [BIN, 'bgp', '-f', CLUSTER, ...args]);
  return { status, text: stdout.toString('utf8'), errors: stderr.toString('utf8') };
}

const CALICO = ['--cni', 'calico-bgp'];

describe('hopscope bgp', () => {
  it('lists every session and route as birdc does, and how it came to them', () => {
    const { status, text } = hopscope(...CALICO);
    expect(status).toBe(0);
    expect(text.match(/Mesh_192_168_1_1\d BGP +--- +up +[\d:.]+ +Established/g)).toHaveLength(6);
    expect(text).toContain('10.244.1.0/26 via 192.168.1.12 dev eth0 proto bird\n');
    expect(text).toContain('blackhole 10.244.0.0/26 proto bird\n');
    expect(text).toMatch(/node2 +Mesh_192_168_1_11: sends UPDATE 10\.244\.1\.0\/26, AS path empty to node1/);
  });

  it('tells as JSON when a node without power is forgotten: after the hold time, for its switch stays up', () => {
    const { status, text } = hopscope(...CALICO, '--cut', 'node3', '-o', 'json');
    expect(status).toBe(0);
    const course = JSON.parse(text);
    expect(course.cut.does).toEqual({ kind: 'power-off', speaker: 'node3' });
    // A hold time of 240 s less up to a quarter, counted from the last keepalive.
    expect(course.cut.convergedAfter).toBeGreaterThan(100);
    expect(course.cut.convergedAfter).toBeLessThan(243);
    const [node1] = course.cut.after;
    expect(node1.kernel.map((route: { destination: { address: string } }) => route.destination.address)).not.toContain(
      '10.244.2.0',
    );
  });

  it('undoes the cut when told to', () => {
    const { text } = hopscope(
      ...CALICO,
      '--cut',
      'node3',
      '--how',
      'shutdown',
      '--restore-after',
      '5',
      '--watch',
      '10',
    );
    expect(text).toContain('*** birdc down on node3');
    expect(text).toContain('*** BIRD is started on node3');
  });

  it.each([
    { args: [...CALICO, '--cut', 'nowhere'], status: 1, says: 'there is segment, node1, node2, node3' },
    { args: [...CALICO, '--cut', 'node1/eth9'], status: 1, says: 'node1 has eth0' },
    { args: [...CALICO, '--cut', 'segment', '--how', 'crash'], status: 2, says: 'A link has no BIRD' },
    { args: [...CALICO, '--how', 'crash'], status: 2, says: '--cut' },
    { args: ['--cni', 'flannel-vxlan'], status: 1, says: 'uses no BGP' },
  ])('refuses $args', ({ args, status, says }) => {
    const refused = hopscope(...args);
    expect(refused.status).toBe(status);
    expect(refused.errors).toContain(says);
  });
});
