import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { RECORDED } from '../sim/controlplane/cni/testing/recordedOperations.ts';

const BIN = fileURLToPath(new URL('../../scripts/hopscope.mjs', import.meta.url));
const CLUSTER = fileURLToPath(new URL('../sim/captured/cluster.yaml', import.meta.url));

function hopscope(args: readonly string[], input?: string) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [BIN, 'cni', ...args], { input, maxBuffer: 1 << 28 });
  return { status, text: stdout.toString('utf8'), errors: stderr.toString('utf8') };
}

describe('hopscope cni', () => {
  it('prints the calls of a Pod’s chain with what goes in and out, and the result', () => {
    const { status, text } = hopscope(['-f', CLUSTER, '--pod', 'default/p1a']);
    expect(status).toBe(0);
    const { calls, result, loopback } = JSON.parse(text);
    expect(calls.map((call: { plugin: string; delegateDepth: number }) => [call.plugin, call.delegateDepth])).toEqual([
      ['flannel', 0],
      ['bridge', 1],
      ['host-local', 2],
      ['portmap', 0],
    ]);
    expect(calls[0]).toMatchObject({ exitCode: 0, env: { CNI_COMMAND: 'ADD', CNI_IFNAME: 'eth0' } });
    expect(JSON.parse(calls[3].stdin)).toMatchObject({ type: 'portmap', prevResult: result });
    expect(loopback.calls[0].plugin).toBe('loopback');
  });

  it('tells why there is nothing to print', () => {
    expect(hopscope(['-f', CLUSTER, '--pod', 'default/nobody'])).toMatchObject({
      status: 1,
      errors: 'There is no Pod default/nobody\n',
    });
    expect(hopscope(['-f', CLUSTER]).status).toBe(2);
  });

  it('answers a batch of calls on one node that keeps what they do', () => {
    const recorded = RECORDED.operations.find(({ name }) => name === '29_tiny_add_1');
    const { draw, list = '', ...run } = recorded?.run ?? { list: '' };
    const lines = [
      { addNetns: '/var/run/netns/cni-11111111-aaaa-bbbb-cccc-0123456789ab' },
      { ...run, list: RECORDED.lists[list], draw },
      { ...run, command: 'DEL', list: RECORDED.lists[list] },
      { plugin: 'bridge', env: { CNI_COMMAND: 'VERSION' }, stdin: '' },
    ];
    const { text } = hopscope(['--batch'], lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    const [, added, deleted, version] = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(added.result).toEqual(JSON.parse(recorded?.result ?? ''));
    expect(added.after.files['/var/lib/cni/networks/tiny/10.250.0.2']).toContain('\r\neth0');
    expect(deleted).toMatchObject({ calls: [{ plugin: 'bridge' }, { plugin: 'host-local' }] });
    expect(deleted.after.files['/var/lib/cni/networks/tiny/10.250.0.2']).toBeUndefined();
    expect(JSON.parse(version.calls[0].stdout).supportedVersions).toContain('1.0.0');
  });
});

describe('hopscope cni --cni, hopscope print cni-conf', () => {
  it('call the plugins of the backend that is asked for', () => {
    const { text } = hopscope(['-f', CLUSTER, '--pod', 'default/p1a', '--cni', 'calico-bgp']);
    const { calls, listPath } = JSON.parse(text);
    expect(listPath).toBe('/etc/cni/net.d/10-calico.conflist');
    expect(calls.map(({ plugin }: { plugin: string }) => plugin)).toEqual(['calico', 'calico-ipam', 'portmap']);
  });

  it('print the file that a node goes by, as people left it', () => {
    const print = (...args: readonly string[]) =>
      spawnSync(process.execPath, [
        BIN,
        'print',
        '-f',
        CLUSTER,
        '--node',
        'node1',
        ...args,
        'cni-conf',
      ]).stdout.toString();
    expect(JSON.parse(print())).toMatchObject({ name: 'cbr0' });
    const edit = "node1: sed -i 's/portmap/bandwidth/' /etc/cni/net.d/10-flannel.conflist";
    expect(print('--exec', edit)).toContain('bandwidth');
    expect(JSON.parse(print('--cni', 'cilium-vxlan'))).toMatchObject({ plugins: [{ type: 'cilium-cni' }, {}] });
  });
});
