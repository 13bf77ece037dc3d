import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { parsePcapng } from '../wire/pcapng.ts';

const BIN = fileURLToPath(new URL('../../scripts/hopscope.mjs', import.meta.url));
const CLUSTER = fileURLToPath(new URL('../sim/captured/cluster.yaml', import.meta.url));
const TRACE = ['trace', '-f', CLUSTER, '--from', 'pod/default/p1a'];

function hopscope(args: readonly string[], input?: string) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [BIN, ...args], { input, maxBuffer: 1 << 28 });
  return { status, stdout, text: stdout.toString('utf8'), errors: stderr.toString('utf8') };
}

describe('hopscope trace', () => {
  it('tells a conversation as JSON: traces of hops of steps, and every frame at every interface', () => {
    const args = [
      '--to',
      'svc/default/web',
      '--warm',
      '--pick',
      '10.244.1.3:8080',
      '--source-port',
      '40010',
      '-o',
      'json',
    ];
    const { status, text } = hopscope([...TRACE, ...args]);
    expect(status).toBe(0);
    const document = JSON.parse(text);
    expect(document.outcomes).toEqual([{ type: 'answered', text: 'pod=p2b saw=10.244.0.2:40010 got=0' }]);
    expect(document.traces[0].hops[0].steps[0]).toMatchObject({ type: 'originate', netns: 'pod/default/p1a' });
    const [first, second] = document.captures;
    expect(first).toMatchObject({ netns: 'pod/default/p1a', device: 'eth0', dir: 'out' });
    expect(second).toMatchObject({ netns: 'node/node1', dir: 'in', hex: first.hex });
    expect(first.hex).toMatch(/^0a580af400010a580af400020800450000[0-9a-f]{4}/);
  });

  it('writes a pcapng with one interface a device', () => {
    const { status, stdout } = hopscope([...TRACE, '--to', '10.244.1.3', '--as', 'ping', '-o', 'pcapng']);
    expect(status).toBe(0);
    const { interfaces, packets } = parsePcapng(new Uint8Array(stdout));
    expect(interfaces.map(({ name }) => name)).toContain('node/node1/flannel.1');
    expect(packets.length).toBeGreaterThan(20);
  });

  it('writes what the chosen interfaces saw, by their own names or their owners’', () => {
    const args = ['--to', '10.244.1.3', '--as', 'ping', '-o', 'pcapng'];
    const chosen = ['--interface', 'node1/flannel.1', '--interface', 'pod/default/p1a/eth0'];
    const { status, stdout } = hopscope([...TRACE, ...args, ...chosen]);
    expect(status).toBe(0);
    const { interfaces, packets } = parsePcapng(new Uint8Array(stdout));
    expect(interfaces.map(({ name }) => name)).toEqual(['pod/default/p1a/eth0', 'node/node1/flannel.1']);
    expect(new Set(packets.map((packet) => packet.interface))).toEqual(new Set([0, 1]));
  });

  it('tells it in words, and says what came of it', () => {
    const { text } = hopscope([...TRACE, '--to', '10.244.1.3:9998']);
    expect(text).toContain('node1 forwards the packet, so its TTL goes down to 63.');
    expect(text).toMatch(
      /SKB_DROP_REASON_NO_SOCKET\. What to do: Nothing listens on TCP port 9998 of 10\.244\.1\.3: start/,
    );
    expect(text.trimEnd().split('\n').at(-1)).toBe('refused: Connection refused');
  });

  it.each([
    [['--to', 'svc/default/nobody'], 1, 'There is no Service default/nobody'],
    [['--to', '10.244.1.3', '--as', 'udp'], 1, 'udp needs a port'],
    [['--to', '10.244.1.3', '--ttl', '0'], 1, 'Expected a whole number from 1 to 255'],
    [['--to', '10.244.1.3', '--pick', 'x'], 1, 'Expected ADDRESS:PORT'],
    [
      ['--to', '10.244.1.3', '-o', 'pcapng', '--interface', 'node1/eth9'],
      1,
      'node/node1 has no such device: it has lo',
    ],
    [['--to', '10.244.1.3', '-o', 'pcapng', '--interface', 'eth0'], 2, 'expected NETNS/DEV'],
    [['--to', '10.244.1.3', '--interface', 'node1/eth0'], 2, '--interface needs -o pcapng'],
  ])('refuses %j with what would be right', (args, status, message) => {
    const result = hopscope([...TRACE, ...args]);
    expect(result.errors).toContain(message);
    expect(result.status).toBe(status);
    expect(result.text).toBe('');
  });

  it('refuses a bad manifest with its place, and reads standard input', () => {
    const manifest = 'apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec:\n  ports:\n  - port: 0\n';
    const result = hopscope(['trace', '-f', '-', '--from', 'node/worker-01', '--to', '10.0.0.1'], manifest);
    expect(result.status).toBe(1);
    expect(result.errors).toMatch(/^stdin:6:\d+: Service .*web.*: spec\.ports\[0\]\.port: .*between 1 and 65535/);
  });
});

describe('hopscope print', () => {
  it.each([
    ['iptables-save', '-A KUBE-SERVICES -d 10.96.42.10/32'],
    ['ip-route', '10.244.1.0/24 via 10.244.1.0 dev flannel.1 onlink'],
    ['ip-addr', 'inet 10.244.0.0/32'],
    ['ip-neigh', '10.244.1.0 dev flannel.1 lladdr 0e:f1:a0:00:00:02 PERMANENT'],
    ['bridge-fdb', '0e:f1:a0:00:00:02 dev flannel.1 dst 192.168.1.12 self permanent'],
  ])('prints %s', (tool, line) => {
    expect(hopscope(['print', '-f', CLUSTER, '--node', 'node1', tool]).text).toContain(line);
    expect(hopscope(['print', '--node', 'node1', '-f', CLUSTER, tool]).text).toContain(line);
  });

  it('prints flannel’s leases as YAML, as flanneld writes them on the Nodes, and what comes of them', () => {
    const { text } = hopscope(['print', '-f', CLUSTER, 'leases']);
    const leases = parse(text);
    expect(leases.map(({ node }: { node: string }) => node)).toEqual(['node1', 'node2', 'node3']);
    expect(leases[0].annotations).toEqual({
      'flannel.alpha.coreos.com/backend-data': '{"VNI":1,"VtepMAC":"0e:f1:a0:00:00:01"}',
      'flannel.alpha.coreos.com/backend-type': 'vxlan',
      'flannel.alpha.coreos.com/kube-subnet-manager': 'true',
      'flannel.alpha.coreos.com/public-ip': '192.168.1.11',
    });
    const deleted = ['--exec', 'node2: ip route del 10.244.0.0/24', '--node', 'node1'];
    const [lease, ...others] = parse(hopscope(['print', '-f', CLUSTER, ...deleted, 'leases']).text);
    expect(others).toEqual([]);
    expect(lease.written.node3).toEqual(leases[0].written.node3);
    expect(lease.written.node2).toEqual(leases[0].written.node2.slice(1));
    expect(leases[0].written.node2[0]).toBe('10.244.0.0/24 via 10.244.0.0 dev flannel.1 onlink');
  });

  it('has no leases of another network', () => {
    const { status, errors } = hopscope(['print', '-f', CLUSTER, '--cni', 'calico-bgp', 'leases']);
    expect(status).toBe(1);
    expect(errors).toBe('There are no leases: flannel is not the network\n');
  });

  it('says which nodes there are', () => {
    const { status, errors } = hopscope(['print', '-f', CLUSTER, '--node', 'node9', 'ip-route']);
    expect(status).toBe(1);
    expect(errors).toBe('There is no node node9: the nodes are node1, node2, node3\n');
  });
});
