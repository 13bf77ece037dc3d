import { describe, expect, it } from 'vitest';
import { ETHERNET_HEADER_LENGTH } from '../wire/ethernet.ts';
import { Ipv4View } from '../wire/ipv4.ts';
import { CLIENT, open, outcome, send, steps } from './testing/ebpfCluster.ts';

describe('NodePorts', () => {
  const remote = { address: '10.244.2.47', port: 8080 };

  it.each(['flannel-vxlan', 'flannel-host-gw'] as const)('hide the client behind the node with SNAT (%s)', (cni) => {
    const simulation = open({}, cni);
    const conversation = send(simulation, 'node/worker-01:30090', { from: CLIENT, pick: remote });
    expect(outcome(conversation)).toMatch(/^answered pod=backend-5c8b7d6f49-r8m7q saw=192\.168\.1\.11:/);
    const nat = simulation.print('node/worker-01', 'bpf-nat').map(({ text }) => text);
    expect(nat).toEqual([
      expect.stringMatching(/^TCP OUT 192\.168\.1\.100:\d+ -> 10\.244\.2\.47:8080 XLATE_SRC 192\.168\.1\.11:\d+ /),
      expect.stringMatching(/^TCP IN 10\.244\.2\.47:8080 -> 192\.168\.1\.11:\d+ XLATE_DST 192\.168\.1\.100:\d+ /),
    ]);
    expect(simulation.print('node/worker-01', 'conntrack').filter(({ text }) => text.includes('10.244.2.47'))).toEqual(
      [],
    );
  });

  it.each(['flannel-vxlan', 'flannel-host-gw'] as const)(
    'keep the client with DSR, and the backend answers it (%s)',
    (cni) => {
      const simulation = open({ dsr: 'dsr' }, cni);
      const conversation = send(simulation, 'node/worker-01:30090', { from: CLIENT, pick: remote, sourcePort: 40000 });
      expect(outcome(conversation)).toBe('answered pod=backend-5c8b7d6f49-r8m7q saw=192.168.1.100:40000 got=0');
      const answers = conversation.traces.filter(({ role }) => role === 'reply');
      for (const { hops } of answers) expect(hops.map(({ netns }) => netns)).not.toContain('node/worker-01');
      const options = conversation.traces
        .filter(({ hops }) => hops.some(({ netns }) => netns === 'pod/default/backend-5c8b7d6f49-r8m7q'))
        .map(({ label, hops }) => [
          label,
          new Ipv4View(hops.at(-1)!.steps.at(-1)!.bytes, ETHERNET_HEADER_LENGTH).headerLength,
        ]);
      expect(options[0]).toEqual(['SYN', 28]);
      expect(options.find(([label]) => label === 'HTTP request')).toEqual(['HTTP request', 20]);
    },
  );

  it('give ICMP errors about what the node sent to the client, with the backend’s address in the quote', () => {
    const simulation = open();
    const far = simulation.cluster().pods.find(({ name, node }) => name.startsWith('echo') && node !== 'worker-01');
    const pick = { address: far?.address ?? '', port: 9000 };
    const line = 'iptables -A INPUT -p udp --dport 9000 -j REJECT';
    expect(simulation.apply({ type: 'exec', netns: far?.netns ?? '', line })).toMatchObject({ ok: true });
    const conversation = send(simulation, 'node/worker-01:30093', { from: CLIENT, as: 'udp', pick, sourcePort: 41000 });
    const error = conversation.traces.find(({ label }) => label === 'ICMP port unreachable');
    expect(error?.disposition).toMatchObject({ type: 'delivered', netns: CLIENT });
    const last = error?.hops.at(-1)?.steps.at(-1);
    const ip = new Ipv4View(last?.bytes ?? new Uint8Array(), ETHERNET_HEADER_LENGTH);
    const quote = new Ipv4View(ip.bytes, ip.payloadOffset + 8);
    expect([ip.destination, quote.source, quote.destination]).toEqual([CLIENT, CLIENT, pick.address]);
    // so its socket does not know what it is about
    expect(outcome(conversation)).toMatch(/^timeout/);
  });

  it('take fragments along with their first one', () => {
    const simulation = open({}, 'flannel-host-gw');
    const far = simulation.cluster().pods.find(({ name, node }) => name.startsWith('echo') && node !== 'worker-01');
    const pick = { address: far?.address ?? '', port: 9000 };
    const sent = { from: CLIENT, as: 'udp' as const, pick, payload: 4000 };
    expect(outcome(send(simulation, 'node/worker-01:30093', sent))).toMatch(/^answered .*got=4000/);
  });

  it('go by the protocol with hybrid', () => {
    const simulation = open({ dsr: 'hybrid' });
    const tcp = send(simulation, 'node/worker-01:30090', { from: CLIENT, pick: remote });
    expect(outcome(tcp)).toMatch(/saw=192\.168\.1\.100:/);
    const far = simulation.cluster().pods.find(({ name, node }) => name.startsWith('echo') && node !== 'worker-01');
    const pick = { address: far?.address ?? '', port: 9000 };
    const udp = send(simulation, 'node/worker-01:30093', { from: CLIENT, as: 'udp', pick });
    expect(outcome(udp)).toMatch(/saw=192\.168\.1\.11:/);
  });

  it('keep the client where the backend is on the same node', () => {
    const conversation = send(open(), 'node/worker-02:30091', { from: CLIENT });
    expect(outcome(conversation)).toMatch(/^answered pod=backend-\S+ saw=192\.168\.1\.100:/);
  });

  it('answer with port unreachable where there is no backend, or none near', () => {
    const simulation = open();
    for (const to of ['node/worker-01:30092', 'node/worker-01:30091']) {
      expect(outcome(send(simulation, to, { from: CLIENT }))).toMatch(/^refused/);
    }
  });

  it('are not ClusterIPs, which nobody outside may ask for', () => {
    const simulation = open();
    const [service] = simulation.cluster().services.filter(({ name }) => name === 'everywhere');
    const conversation = send(simulation, `${service?.clusterIp}:80`, { from: CLIENT });
    expect(outcome(conversation)).toMatch(/^(timeout|unreachable)/);
  });

  it('lose what the DSR option makes too long, and nobody is told', () => {
    const simulation = open({ dsr: 'dsr' });
    const far = simulation.cluster().pods.find(({ name, node }) => name.startsWith('echo') && node !== 'worker-01');
    const pick = { address: far?.address ?? '', port: 9000 };
    const sent = { from: CLIENT, as: 'udp' as const, pick, pathMtuDiscovery: 'do' as const };
    expect(outcome(send(simulation, 'node/worker-01:30093', { ...sent, payload: 1450 - 28 - 8 }))).toMatch(/^answered/);
    // The kernel allows for a VLAN tag (is_skb_forwardable).
    const lost = send(simulation, 'node/worker-01:30093', { ...sent, payload: 1450 + 4 - 28 - 7 });
    expect(outcome(lost)).toMatch(/^timeout/);
    expect(lost.traces.map(({ disposition }) => disposition)).toContainEqual(
      expect.objectContaining({ type: 'dropped', netns: 'node/worker-01', reason: 'TC_INGRESS' }),
    );
  });

  it('choose by Maglev the same backend on every node', () => {
    const chosen = (node: string, sourcePort: number): string | undefined =>
      /pod=\S+/.exec(outcome(send(open({ algorithm: 'maglev' }), `${node}:30090`, { from: CLIENT, sourcePort })))?.[0];
    const ports = [40000, 40001, 40002, 40003, 40004, 40005];
    const first = ports.map((port) => chosen('node/worker-01', port));
    expect(ports.map((port) => chosen('node/worker-03', port))).toEqual(first);
    expect(new Set(first).size).toBeGreaterThan(1);
  });
});

describe('load balancers', () => {
  it('let in whom their source ranges name', () => {
    const simulation = open();
    expect(outcome(send(simulation, '192.168.1.11:8888', { from: CLIENT }))).toMatch(/^answered/);
    const refused = send(simulation, '192.168.1.11:8888', { from: '192.168.1.101' });
    expect(outcome(refused)).toMatch(/^timeout/);
    expect(refused.traces[0]?.disposition).toMatchObject({ type: 'dropped', reason: 'TC_INGRESS' });
  });
});

describe('a cluster without kube-proxy', () => {
  it('has no KUBE-* chains but kubelet’s, and prints its maps', () => {
    const simulation = open();
    const rules = simulation.print('node/worker-01', 'iptables-save').map(({ text }) => text);
    expect(
      rules.filter((text) => /KUBE-(SVC|SEP|SERVICES|NODEPORTS|MARK-MASQ|POSTROUTING|FORWARD)/.test(text)),
    ).toEqual([]);
    expect(rules.some((text) => text.includes('FLANNEL-POSTRTG'))).toBe(true);
    const list = simulation.print('node/worker-02', 'bpf-lb').map(({ text }) => text);
    expect(list[0]).toMatch(/^SERVICE ADDRESS +BACKEND ADDRESS \(REVNAT_ID\) \(SLOT\)$/);
    expect(list).toContainEqual(
      expect.stringMatching(
        /^192\.168\.1\.12:30091\/TCP \(0\) +0\.0\.0\.0:0 \(\d+\) \(0\) \[NodePort, Local, two-scopes\]$/,
      ),
    );
    expect(list).toContainEqual(
      expect.stringMatching(/^0\.0\.0\.0:30091\/TCP\/i \(3\) +10\.244\.3\.12:8080\/TCP \(\d+\) \(3\)$/),
    );
    expect(list.some((text) => text.startsWith('192.168.1.12:30091/TCP (3)'))).toBe(false);
  });

  it('answers to cilium on the command line, by both of its names', () => {
    const simulation = open();
    const run = (netns: string, line: string): unknown => simulation.apply({ type: 'exec', netns, line });
    const lines = simulation.print('node/worker-01', 'bpf-lb');
    for (const name of ['cilium', 'cilium-dbg']) {
      expect(run('node/worker-01', `${name} bpf lb list`)).toMatchObject({ ok: true, output: { lines, exitCode: 0 } });
    }
    expect(run(CLIENT, 'cilium bpf lb list')).toMatchObject({ output: { lines: [], exitCode: 127 } });
    expect(simulation.complete('node/worker-01', 'cilium bpf ct list ')).toEqual(['global']);
  });

  it('prints what programs have written as it was at any step', () => {
    const simulation = open();
    const conversation = send(simulation, 'node/worker-02:30091', { from: CLIENT });
    const wrote = steps(conversation).find((step) => step.type === 'program');
    const at = (step: number): number =>
      simulation.print('node/worker-02', 'bpf-ct', { conversation: conversation.id, step }).length;
    expect(at((wrote?.id ?? 0) - 1)).toBe(0);
    expect(at(wrote?.id ?? 0)).toBe(2);
  });

  it('points at the line that decided, wherever a program speaks', () => {
    const simulation = open();
    const conversation = send(simulation, 'node/worker-01:30090', { from: CLIENT });
    const printed = new Map(
      ['node/worker-01'].map((netns) => [
        netns,
        new Set(
          (['bpf-lb', 'bpf-ct', 'bpf-nat'] as const).flatMap((tool) =>
            simulation.print(netns, tool).flatMap(({ entry }) => entry ?? []),
          ),
        ),
      ]),
    );
    const said = steps(conversation).filter((step) => step.entry?.table === 'ebpf');
    expect(said.length).toBeGreaterThan(4);
    for (const { entry } of said) expect(printed.get(entry?.netns ?? '')).toContain(entry?.id);
  });
});
