import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { DropReason } from '../../datamodel/flow/dropReason.ts';
import type { Step } from '../../datamodel/flow/step.ts';
import type { Trace } from '../../datamodel/flow/trace.ts';
import { readClusterFlows, simulateCapturedFlow } from '../../sim/captured/capturedFlow.ts';
import { createSimulation } from '../../sim/createSimulation.ts';
import { namesOf } from '../names.ts';
import { makeCluster } from '../testing/cluster.ts';
import { advise, kernelName } from './advise.ts';
import type { DropStep } from './circumstances.ts';

const flows = readClusterFlows();

interface Told {
  readonly step: DropStep;
  readonly trace: Trace;
  readonly text: string;
}

function dropsOf(name: string): readonly Told[] {
  const flow = flows.find((each) => each.name === name);
  if (!flow) throw new Error(`There is no flow ${name}`);
  const { conversation, cluster } = simulateCapturedFlow(flow);
  const names = namesOf(cluster);
  return conversation.traces.flatMap((trace) =>
    trace.hops
      .flatMap((hop) => hop.steps)
      .flatMap((step) => (step.type === 'drop' ? [{ step, trace, text: advise(step, trace, names) }] : [])),
  );
}

describe('what to do about a drop', () => {
  it.each([
    ['09_mtu_podonly_udp_nodf', 'NOT_SPECIFIED', /ip link set eth0 mtu 1450/],
    ['09_mtu_all_icmp_df', 'PKT_TOO_BIG', /its sender learns 1450 bytes/i],
    [
      '07f_vxlan_nodeport_local_no_ep_iptables',
      'NETFILTER_DROP',
      /externalTrafficPolicy of \S+ is Local and node\d runs none/,
    ],
    ['11a_vxlan_reject_pod_iptables', 'NETFILTER_DROP', /no endpoint of default\/\S+ is ready/i],
    ['13_vxlan_ttl1', 'IP_INHDR', /greater TTL/],
    ['14_vxlan_no_such_pod', 'NEIGH_FAILED', /Nobody on cni0 has this address: correct 10\.244\.1\.77/],
    [
      '14c_vxlan_noflannel_arp_entry',
      'NEIGH_FAILED',
      /let flanneld write its permanent entry again|should have this address/,
    ],
    ['14d_vxlan_noflannel_fdb_entry', 'NO_TX_TARGET', /flanneld writes that entry/],
    ['14_vxlan_udp_closed_port', 'NO_SOCKET', /nothing listens on UDP port \d+ of 10\.244\./i],
    ['14_vxlan_tcp_closed_port', 'NO_SOCKET', /nothing listens on TCP port \d+ of 10\.244\./i],
    ['60i_wg_not_allowed_source', 'NOT_SPECIFIED', /allow the peer that address on node2/],
    ['06c_vxlan_hairpin_portflag_off_brnf1', 'NOT_SPECIFIED', /bridge link set dev \S+ hairpin on/],
  ] as const)('of %s (%s)', (name, reason, words) => {
    const drops = dropsOf(name);
    const found = drops.find(({ step }) => step.reason === reason);
    expect(drops.map(({ step }) => step.reason)).toContain(reason);
    expect(found?.text).toMatch(words);
  });

  it('is one sentence for every drop of every captured flow, and speaks of no address that the packet’s steps do not', () => {
    let seen = 0;
    for (const { name } of flows) {
      for (const { step, trace, text } of dropsOf(name)) {
        seen += 1;
        expect(text, name).toMatch(/^(?:[A-Z\d]|eth|cni|veth|flannel).*[.?]$/);
        expect(text, name).not.toMatch(/undefined|NaN|\[object/);
        const known = JSON.stringify(trace.hops.flatMap((hop) => hop.steps.map(({ bytes: _, ...rest }) => rest)));
        const packet = `${known} ${[...step.bytes].join('.')}`;
        for (const [address] of text.matchAll(/\b(?:\d{1,3}\.){3}\d{1,3}\b(?!\/)/g))
          expect(packet, `${name}: ${text}`).toContain(address);
      }
    }
    expect(seen).toBeGreaterThan(20);
  }, 60_000);

  it('names something for every reason that the kernel has, whatever the packet', () => {
    const names = namesOf(makeCluster({ nodes: 1, pods: [1] }));
    const trace = { hops: [] } as unknown as Trace;
    const text = (reason: DropReason): string =>
      advise(
        {
          type: 'drop',
          reason,
          because: '',
          id: 0,
          time: 0,
          netns: 'node/worker-01',
          pass: 'host',
          direction: 'up',
          bytes: new Uint8Array(3),
          link: 'ip',
        } satisfies Step,
        trace,
        names,
      );
    for (const reason of [
      'NOT_SPECIFIED',
      'NO_SOCKET',
      'PKT_TOO_BIG',
      'IP_INHDR',
      'NETFILTER_DROP',
      'NEIGH_FAILED',
      'IP_RPFILTER',
    ] as const) {
      expect(text(reason)).toMatch(/^[A-Z].{20,}[.]$/);
      expect(text(reason)).not.toMatch(/undefined|NaN/);
    }
  });

  it.each([
    ['aws-vpc', /here the cloud delivers to Pods, by its own route table: choose the underlay "cloud VPC"/],
    ['kubenet', /choose the underlay "cloud VPC"/],
  ] as const)('sends who takes %s where no cloud is to one', (cni, words) => {
    const text = readFileSync(new URL('../../manifests/samples/article.yaml', import.meta.url), 'utf8');
    const created = createSimulation([{ name: 'article.yaml', text }], { cni });
    if (!created.ok) throw new Error('the sample is refused');
    const simulation = created.value;
    const [from, to] = ['frontend', 'backend'].map((name) => simulation.resolve(`deploy/default/${name}`, 'to'));
    if (!from?.ok || !from.netns || !to?.ok) throw new Error('the sample has no such Pods');
    const { traces } = simulation.send({ from: from.netns, to: to.to, as: 'ping', payload: 56, repeat: 1, warm: true });
    const names = namesOf(simulation.cluster());
    const told = traces.flatMap((trace) =>
      trace.hops.flatMap(({ steps }) =>
        steps.flatMap((step) => (step.type === 'drop' ? [advise(step, trace, names)] : [])),
      ),
    );
    expect(told[0]).toMatch(words);
    expect(told.join(' ')).not.toContain('flanneld');
  });

  it('comes with the name that tools print', () =>
    expect(kernelName('IP_INNOROUTES')).toBe('SKB_DROP_REASON_IP_INNOROUTES'));
});
