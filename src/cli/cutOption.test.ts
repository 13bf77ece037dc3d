import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const BIN = fileURLToPath(new URL('../../scripts/hopscope.mjs', import.meta.url));
const CLUSTER = fileURLToPath(new URL('../sim/captured/cluster.yaml', import.meta.url));
const FABRIC = ['--cni', 'calico-bgp', '--underlay', 'leaf-spine'];
const PING = ['--from', 'pod/default/p1a', '--to', '10.244.2.2', '-o', 'json'];

function trace(...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [BIN, 'trace', '-f', CLUSTER, ...PING, ...args]);
  const errors = stderr.toString('utf8');
  if (status !== 0) return { status, errors, outcomes: [] };
  const { outcomes } = JSON.parse(stdout.toString('utf8')) as { outcomes: readonly { type: string }[] };
  return { status, errors, outcomes: outcomes.map(({ type }) => type) };
}

describe('hopscope trace --cut', () => {
  // the request goes by one spine of the two: whichever it is, cutting both of its rack's cables is felt
  const silent = ['--exec', 'router/t1: ip link set to-s1 down', '--cut', 't1-s2', '--how', 'silent'];

  it('sends at the time that --at names, and meets the routes of that moment', () => {
    expect(trace(...FABRIC, ...silent, '--at', '+1', '--repeat', '2').outcomes).not.toContain('answered');
    expect(trace(...FABRIC, '--cut', 't1-s1', '--how', 'silent', '--repeat', '3').outcomes).toEqual(
      Array(3).fill('answered'),
    );
    expect(trace(...FABRIC, '--cut', 't1-s2', '--how', 'silent', '--at', 'converged').outcomes).toEqual(['answered']);
  });

  it('counts from the last --exec where nothing is cut, and settles without --at', () => {
    const exec = ['--exec', 'node3: ip link set eth0 down', '--exec', 'node3: ip link set eth0 up'];
    expect(trace(...FABRIC, ...exec, '--at', '0').outcomes).not.toContain('answered');
    expect(trace('--cni', 'calico-bgp', '--exec', 'node2: ip link set eth0 down').outcomes).toEqual(['answered']);
  });

  it('cuts where nobody speaks BGP, too', () => {
    expect(trace('--cut', 'node3').outcomes).not.toContain('answered');
  });

  it.each([
    { args: ['--cut', 'nowhere'], status: 1, says: 'there is segment, node1, node2, node3' },
    { args: ['--how', 'silent'], status: 2, says: '--how needs --cut' },
    { args: ['--at', '1'], status: 1, says: 'Nothing has been done' },
    { args: ['--cut', 'node1', '--at', 'soon'], status: 1, says: 'Expected seconds from 0 to 3600' },
    { args: ['--cut', 'node1', '--how', 'crash'], status: 1, says: 'No BIRD runs on node1' },
  ])('refuses $args', ({ args, status, says }) => {
    const refused = trace(...args);
    expect(refused).toMatchObject({ status, errors: expect.stringContaining(says) });
  });
});
