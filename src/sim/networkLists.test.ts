import { describe, expect, it } from 'vitest';
import type { Applied } from '../datamodel/cluster/answer.ts';
import type { PodView } from '../datamodel/cluster/view.ts';
import type { Conversation } from '../datamodel/flow/trace.ts';
import type { Netns } from '../datamodel/network/netns.ts';
import { sampleSources } from '../manifests/sample.ts';
import { printTool } from '../print/printTool.ts';
import { ipAddress } from '../wire/address.ts';
import { createSimulation } from './createSimulation.ts';
import { podChain } from './podChain.ts';
import type { Simulation } from './simulation.ts';

const NAME = '10-flannel.conflist';
const NODE = 'worker-01';

function sample(changes: (text: string) => string = (text) => text): Simulation {
  const created = createSimulation(sampleSources().map(({ name, text }) => ({ name, text: changes(text) })));
  if (!created.ok) throw new Error(created.error.map(({ message }) => message).join('\n'));
  return created.value;
}

function list(delegate: object, ...more: readonly object[]): string {
  return JSON.stringify({ name: 'cbr0', cniVersion: '0.3.1', plugins: [{ type: 'flannel', delegate }, ...more] });
}

const PORTMAP = { type: 'portmap', capabilities: { portMappings: true } };
const USUAL = { hairpinMode: true, isDefaultGateway: true };
const withHostPorts = (text: string): string =>
  text.replaceAll('containerPort: 80, protocol', 'containerPort: 80, hostPort: 8088, protocol');

function must(applied: Applied): Extract<Applied, { readonly ok: true }> {
  if (!applied.ok) throw new Error(applied.problems.map(({ message }) => message).join('\n'));
  return applied;
}

function write(simulation: Simulation, text: string | null, name = NAME, nodes: readonly string[] = [NODE]): Applied {
  return simulation.apply({ type: 'operate', operation: { type: 'writeFile', nodes, name, text } });
}

function podsOn(simulation: Simulation, node = NODE): readonly PodView[] {
  return simulation.cluster().pods.filter((pod) => pod.node === node && !pod.hostNetwork);
}

/** Deletes a Pod of the node that somebody makes anew. @returns the new one. */
function recreate(simulation: Simulation, owner = 'frontend', node: string | undefined = NODE): PodView {
  const before = new Set(simulation.cluster().pods.map(({ name }) => name));
  const pod = podsOn(simulation, node).find((each) => each.owner === `Deployment/${owner}`);
  if (pod === undefined) throw new Error('no Pod to recreate');
  const { namespace, name } = pod;
  must(simulation.apply({ type: 'operate', operation: { type: 'deletePod', namespace, name } }));
  const fresh = simulation.cluster().pods.find((each) => !before.has(each.name));
  if (fresh === undefined) throw new Error('nobody made another');
  return fresh;
}

function netnsOf(simulation: Simulation, id: string): Netns {
  const netns = simulation.netns(id);
  if (netns === undefined) throw new Error(`no ${id}`);
  return netns;
}

function ask(simulation: Simulation, from: PodView, to: string): Conversation {
  return simulation.dryRun({
    from: from.netns,
    to: { type: 'address', address: ipAddress(to) },
    as: 'ping',
    payload: 56,
    repeat: 1,
    warm: true,
  });
}

function arrives(conversation: Conversation): boolean {
  return conversation.traces.every(({ disposition }) => disposition.type === 'delivered');
}

function linkOf(netns: Netns, name: string) {
  return netns.links.find((link) => link.name === name);
}

function rulesOf(simulation: Simulation, node = NODE): string {
  const netns = netnsOf(simulation, `node/${node}`);
  return printTool('iptables-save', netns, undefined, 0)
    .map(({ text }) => text)
    .join('\n');
}

/** Addresses of Pods that portmap leads to. */
function mapped(simulation: Simulation, node: string | undefined): readonly (string | undefined)[] {
  return [...rulesOf(simulation, node).matchAll(/^-A CNI-DN-.* --to-destination ([\d.]+):80$/gm)].map(
    ([, address]) => address,
  );
}

/** Without the numbers of interfaces, and in no order but that of rules. */
function numberless({ links, addresses, routes, fdb, netfilter, sysctls }: Netns): unknown {
  const sorted = (all: readonly object[]): readonly string[] =>
    all.map((each) => JSON.stringify(each, (key, value: unknown) => (key === 'index' ? undefined : value))).sort();
  const rules = netfilter.flatMap(({ family, name, chains }) =>
    chains.map((chain) => [family, name, chain.name, chain.rules.map(({ id }) => id)] as const),
  );
  return {
    links: sorted(links),
    addresses: sorted(addresses),
    routes: sorted(routes),
    fdb: sorted(fdb),
    rules: rules.sort(([, a, b], [, c, d]) => (`${a}/${b}` < `${c}/${d}` ? -1 : 1)),
    sysctls,
  };
}

describe('a list that was written on a node', () => {
  it('leaves running Pods as they are, and gives the next one what it says', () => {
    const simulation = sample();
    const before = podsOn(simulation);
    must(write(simulation, list({ ...USUAL, mtu: 1300, hairpinMode: false }, PORTMAP)));
    expect(podsOn(simulation)).toEqual(before);
    const fresh = recreate(simulation);
    const pod = netnsOf(simulation, fresh.netns);
    const host = netnsOf(simulation, `node/${NODE}`);
    expect(linkOf(pod, 'eth0')).toMatchObject({ mtu: 1300 });
    expect(linkOf(host, fresh.hostDevice ?? '')).toMatchObject({ mtu: 1300, port: { bridge: 'cni0', hairpin: false } });
    expect(linkOf(host, 'cni0')).toMatchObject({ mtu: 1300, mac: '0a:58:0a:f4:01:01' });
    const [other] = podsOn(simulation, 'worker-02');
    expect(arrives(ask(simulation, fresh, other?.address ?? ''))).toBe(true);
  });

  it('that says the same comes to the same, rule by rule', () => {
    const [plain, edited] = [sample(withHostPorts), sample(withHostPorts)];
    const nodes = edited.cluster().nodes.map(({ name }) => name);
    must(write(edited, list(USUAL, PORTMAP), NAME, nodes));
    for (const owner of ['frontend', 'web']) {
      const [one, other] = [recreate(plain, owner), recreate(edited, owner)];
      expect(other.address).toBe(one.address);
      const [pod, same] = [plain, edited].map((simulation) => numberless(netnsOf(simulation, one.netns)));
      expect(same).toEqual(pod);
    }
    for (const { netns } of plain.cluster().nodes) {
      const [node, same] = [plain, edited].map((simulation) => numberless(netnsOf(simulation, netns)));
      expect(same).toEqual(node);
    }
  });

  it('hands out the addresses of its own ranges on its own bridge', () => {
    const simulation = sample();
    const ipam = { type: 'host-local', ranges: [[{ subnet: '10.99.0.0/24', rangeStart: '10.99.0.20' }]] };
    const bridge = { type: 'bridge', bridge: 'cni7', isGateway: true, ipMasq: true, ipam };
    must(write(simulation, JSON.stringify({ name: 'mine', cniVersion: '1.0.0', plugins: [bridge] })));
    const fresh = recreate(simulation);
    expect(fresh.address).toBe('10.99.0.20');
    const again = recreate(simulation, 'web');
    expect(again.address).toBe('10.99.0.21');
    const pod = netnsOf(simulation, fresh.netns);
    // there is no default route: nobody asked for one
    expect(pod.routes.filter(({ owner }) => owner === 'cni')).toEqual([]);
    expect(arrives(ask(simulation, fresh, '10.99.0.21'))).toBe(true);
    expect(arrives(ask(simulation, fresh, podsOn(simulation, 'worker-02')[0]?.address ?? ''))).toBe(false);
    expect(rulesOf(simulation)).toMatch(/-A POSTROUTING -s 10\.99\.0\.20\/32 .* -j CNI-/);
    const { endpoints } = simulation.cluster().services.find(({ name }) => name === 'frontend') ?? { endpoints: [] };
    expect(JSON.stringify(endpoints)).toContain('10.99.0.20');
  });

  it('installs no host ports without portmap, and keeps those of Pods that are there', () => {
    const simulation = sample(withHostPorts);
    const every = simulation.cluster().nodes.map(({ name }) => name);
    must(write(simulation, list(USUAL), NAME, every));
    expect(mapped(simulation, NODE)).not.toEqual([]);
    const fresh = recreate(simulation);
    expect(fresh.ready).toBe(true);
    expect(mapped(simulation, fresh.node)).not.toContain(fresh.address);
    must(simulation.apply({ type: 'undo', edit: 'all' }));
    const next = recreate(simulation, 'frontend', fresh.node);
    expect(mapped(simulation, next.node)).toContain(next.address);
  });

  it('fails where another range is asked for on the bridge that there is', () => {
    const simulation = sample();
    const ipam = { type: 'host-local', subnet: '10.99.0.0/24' };
    const plugins = [{ type: 'bridge', bridge: 'cni0', isGateway: true, ipam }];
    must(write(simulation, JSON.stringify({ name: 'mine', cniVersion: '1.0.0', plugins })));
    const fresh = recreate(simulation);
    expect(fresh).toMatchObject({ phase: 'Pending', ready: false });
    expect(fresh.message).toMatch(
      /^FailedCreatePodSandBox: .*plugin type="bridge" failed \(add\): failed to set bridge addr: "cni0" already has an IP address different from 10\.99\.0\.1\/24$/,
    );
    // what was waiting is tried again, and made
    must(simulation.apply({ type: 'undo', edit: 'all' }));
    expect(simulation.cluster().pods.find(({ name }) => name === fresh.name)).toMatchObject({ ready: true });
  });

  it('sets what tuning sets, in the order of the chain', () => {
    const simulation = sample();
    const tuning = { type: 'tuning', mtu: 1280, sysctl: { 'net.ipv4.conf.all.rp_filter': '2' } };
    must(write(simulation, list(USUAL, PORTMAP, tuning)));
    const pod = netnsOf(simulation, recreate(simulation).netns);
    expect(linkOf(pod, 'eth0')?.mtu).toBe(1280);
    expect(pod.sysctls['net.ipv4.conf.all.rp_filter']).toBe('2');
  });

  it('is refused where it could only be shown wrongly, with the reason', () => {
    const simulation = sample();
    const problemsOf = (text: string) => {
      const applied = write(simulation, text);
      return applied.ok ? [] : applied.problems.map(({ message }) => message);
    };
    expect(problemsOf(list(USUAL, { type: 'macvlan' }))).toEqual(['worker-01: the macvlan plugin is not simulated']);
    expect(problemsOf(list({ ...USUAL, vlan: 7 }))).toEqual(['worker-01: bridges that filter VLANs are not simulated']);
    expect(simulation.cluster().edits).toBeUndefined();
    simulation.apply({ type: 'configure', settings: { cni: 'calico-bgp' } });
    expect(problemsOf(list(USUAL))).toEqual([
      'Files of /etc/cni/net.d can be changed with flannel alone, not with calico-bgp',
    ]);
  });
});

it('a manifest’s list with more in it than flannel publishes is run, too', () => {
  const tuned = '"type": "tuning", "mtu": 1280 }, { "type": "portmap"';
  const simulation = sample((text) => text.replace('"type": "portmap"', tuned));
  const pods = podsOn(simulation);
  expect(pods.map(({ address }) => address)).toEqual(podsOn(sample()).map(({ address }) => address));
  for (const { netns } of pods) expect(linkOf(netnsOf(simulation, netns), 'eth0')?.mtu).toBe(1280);
});

describe('a file that cannot be read', () => {
  it('makes the node NotReady: new Pods go elsewhere, running ones go on', () => {
    const simulation = sample();
    must(write(simulation, '{"name": "cbr0", '));
    const view = simulation.cluster();
    expect(view.nodes.find(({ name }) => name === NODE)?.ready).toBe(false);
    expect(view.warnings.join('\n')).toMatch(
      /Node worker-01 is NotReady \(container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized\)\. containerd: cni config load failed: failed to load CNI config list file \/etc\/cni\/net\.d\/10-flannel\.conflist: error parsing configuration list: unexpected end of JSON input: invalid cni config: failed to load cni config/,
    );
    const [running] = podsOn(simulation);
    expect(running?.ready).toBe(true);
    expect(recreate(simulation).node).not.toBe(NODE);
    must(simulation.apply({ type: 'reconcile', netns: `node/${NODE}`, owner: 'flanneld' }));
    expect(simulation.cluster().nodes.every(({ ready }) => ready)).toBe(true);
  });

  it('in a manifest is loaded all the same, and no node is ever ready', () => {
    const simulation = sample((text) => text.replace('"name": "cbr0",', '"name": "cbr0"'));
    const { nodes, pods, warnings } = simulation.cluster();
    expect(nodes.some(({ ready }) => ready)).toBe(false);
    expect(warnings.join('\n')).toContain("invalid character '\"' after object key:value pair");
    expect(pods.filter(({ hostNetwork, ready }) => !hostNetwork && ready)).toEqual([]);
    const every = nodes.map(({ name }) => name);
    must(write(simulation, list(USUAL, PORTMAP), NAME, every));
    const mended = simulation.cluster();
    expect(mended.nodes.every(({ ready }) => ready)).toBe(true);
    expect(mended.pods.every(({ ready }) => ready)).toBe(true);
  });

  it('is not read at all while another comes before it in the alphabet', () => {
    const simulation = sample();
    must(write(simulation, list({ ...USUAL, mtu: 1200 }), '05-first.conflist'));
    must(write(simulation, 'not JSON'));
    expect(simulation.cluster().nodes.every(({ ready }) => ready)).toBe(true);
    expect(linkOf(netnsOf(simulation, recreate(simulation).netns), 'eth0')?.mtu).toBe(1200);
    must(write(simulation, null, '05-first.conflist'));
    expect(simulation.cluster().nodes.find(({ name }) => name === NODE)?.ready).toBe(false);
  });
});

describe('on the command line of a node', () => {
  const exec = (simulation: Simulation, line: string): Applied =>
    simulation.apply({ type: 'exec', netns: `node/${NODE}`, line });
  const printed = (applied: Applied): string =>
    applied.ok ? (applied.output?.lines.map(({ text }) => text).join('\n') ?? '') : '';

  it('files are read and written', () => {
    const simulation = sample();
    expect(printed(exec(simulation, 'ls /etc/cni/net.d'))).toBe(NAME);
    expect(JSON.parse(printed(exec(simulation, `cat /etc/cni/net.d/${NAME}`)))).toMatchObject({ name: 'cbr0' });
    must(exec(simulation, `sed -i 's/"portmap"/"weave-net"/' /etc/cni/net.d/${NAME}`));
    expect(recreate(simulation).message).toContain('failed to find plugin "weave-net" in path [/opt/cni/bin]');
    must(exec(simulation, `rm /etc/cni/net.d/${NAME}`));
    expect(printed(exec(simulation, 'ls /etc/cni/net.d'))).toBe('');
    expect(simulation.cluster().warnings.join()).toContain('no network config found in /etc/cni/net.d');
    expect(simulation.cluster().edits?.map(({ line }) => line)).toEqual([
      `sed -i 's/"portmap"/"weave-net"/' /etc/cni/net.d/${NAME}`,
      `rm /etc/cni/net.d/${NAME}`,
    ]);
    const missing = exec(simulation, `cat /etc/cni/net.d/${NAME}`);
    expect(missing.ok ? undefined : missing.output?.errors).toBe(
      `cat: /etc/cni/net.d/${NAME}: No such file or directory`,
    );
  });
});

describe('the calls that made a Pod', () => {
  it('are those of the files that were there then', () => {
    const simulation = sample();
    must(write(simulation, list({ ...USUAL, mtu: 1300 }, PORTMAP)));
    const [old] = podsOn(simulation);
    const fresh = recreate(simulation, 'web');
    const chainOf = ({ namespace, name }: PodView) => {
      const chain = podChain(simulation.plan(), { namespace, name });
      if (!chain.ok) throw new Error(chain.error);
      return chain.value;
    };
    const {
      older,
      files = [],
      list: made,
    } = chainOf(podsOn(simulation).find(({ name }) => name !== fresh.name) ?? fresh);
    expect(older).toBe(true);
    expect(made).not.toContain('1300');
    expect(files[0]?.text).toContain('1300');
    const { operations, older: none } = chainOf(fresh);
    expect(none).toBeUndefined();
    expect(operations[1]?.result).toContain(`"${fresh.address}/24"`);
    expect(operations[1]?.calls[1]?.stdin).toContain('"mtu":1300');
    expect(old?.ready).toBe(true);
  });
});
