import { beforeAll, describe, expect, it } from 'vitest';
import type { ClusterSettings } from '../../datamodel/cluster/command.ts';
import type { Comparison } from '../../datamodel/cluster/comparison.ts';
import { openSample } from '../../sim/createSimulation.ts';
import type { Simulation } from '../../sim/simulation.ts';
import { exec, sampleRequest } from '../../sim/testing/sampleRequest.ts';
import { type ComparedStation, compareWays } from './compareWays.ts';
import { figuresOf } from './figures.ts';
import { answerWay, requestWay } from './way.ts';

let simulation: Simulation;
beforeAll(() => {
  simulation = openSample();
});

function requestRows([a, b]: Comparison): readonly ComparedStation[] {
  return compareWays(requestWay(a.conversation), requestWay(b.conversation));
}

function rowAt(rows: readonly ComparedStation[], key: string): ComparedStation {
  const row = rows.find(({ a, b }) => (a ?? b)?.key.trim() === key);
  if (row === undefined) throw new Error(`nothing stopped at ${key}`);
  return row;
}

function figure(comparison: Comparison, name: string): readonly [string, string] {
  const found = figuresOf(comparison).find((each) => each.name === name);
  if (found === undefined) throw new Error(`no figure is called ${name}`);
  expect(found.differs).toBe(found.a !== found.b);
  return [found.a, found.b];
}

describe('iptables and IPVS', () => {
  it('translate at different hooks, and the packet comes by other stations', () => {
    const comparison = simulation.compare(sampleRequest(simulation), [
      { proxyMode: 'iptables' },
      { proxyMode: 'ipvs' },
    ]);
    expect(figure(comparison, 'Destination rewritten')).toEqual([
      'worker-01, prerouting at the bridge port',
      'worker-01, input',
    ]);
    expect(figure(comparison, 'Outcome')).toEqual(['answered', 'answered']);
    expect(figure(comparison, 'Lookups')[0]).toBe('0');
    const rows = requestRows(comparison);
    expect(rowAt(rows, 'node/worker-01 down forward').differences).toEqual(['only in A']);
    expect(rowAt(rows, 'node/worker-01 down input').differences).toEqual(['only in B']);
    const device = rowAt(rows, 'node/worker-01 down device cni0');
    expect(device.a?.destination).toBe('10.244.2.47:8080');
    expect(device.b?.destination).toBe('10.96.42.10:80');
    expect(device.differences).toEqual(['destination']);
    expect(rowAt(rows, 'underlay up device u-worker-01').differences).toEqual([]);
    expect(rowAt(rows, 'underlay up device u-worker-01').a?.outer).toBe('192.168.1.11 → 192.168.1.12');
  });

  it('take the answer back at different hooks', () => {
    const [a, b] = simulation.compare(sampleRequest(simulation), [{ proxyMode: 'iptables' }, { proxyMode: 'ipvs' }]);
    const rows = compareWays(answerWay(a.conversation), answerWay(b.conversation));
    expect(rowAt(rows, 'node/worker-01 up forward').differences).toContain('source');
    expect(rowAt(rows, 'node/worker-01 up postrouting').differences).toEqual(['only in A']);
  });

  it('go other ways between Pods of one node', () => {
    const { pods, services } = simulation.cluster();
    const local = services
      .find(({ name }) => name === 'backend')
      ?.endpoints.find(({ pod }) => pods.find((each) => `default/${each.name}` === pod)?.node === 'worker-02');
    const client = pods.find(
      (each) => each.node === 'worker-02' && !each.hostNetwork && `default/${each.name}` !== local?.pod,
    );
    if (local === undefined || client === undefined) throw new Error('the sample has no two Pods on worker-02');
    const flow = sampleRequest(simulation, { from: client.netns, pick: { address: local.address, port: local.port } });
    const comparison = simulation.compare(flow, [{ proxyMode: 'iptables' }, { proxyMode: 'ipvs' }]);
    // what is translated at the bridge port is bridged on; IPVS is only asked above the bridge
    expect(figure(comparison, 'TTL at the receiver')).toEqual(['64', '63']);
    expect(rowAt(requestRows(comparison), 'node/worker-02 down input').differences).toEqual(['only in B']);
  });
});

it('tells VXLAN from plain routes', () => {
  const settings = [{ cni: 'flannel-vxlan' }, { cni: 'flannel-host-gw' }] as const;
  const comparison = simulation.compare(sampleRequest(simulation), settings);
  expect(figure(comparison, 'Largest frame')).toEqual(['124 B', '74 B']);
  expect(rowAt(requestRows(comparison), 'node/worker-01 down device flannel.1').differences).toEqual(['only in A']);
  expect(rowAt(requestRows(comparison), 'underlay up device u-worker-01').differences).toEqual(['tunnel', 'bytes']);
});

it('finds nothing between twins', () => {
  for (const proxyMode of ['iptables', 'nftables', 'ipvs'] as const) {
    const comparison = simulation.compare(sampleRequest(simulation), [{ proxyMode }, { proxyMode }]);
    expect(requestRows(comparison).flatMap(({ differences }) => differences)).toEqual([]);
    expect(figuresOf(comparison).filter(({ differs }) => differs)).toEqual([]);
  }
});

it('chooses the same endpoint on both sides when chance would decide', () => {
  const { pick: _, ...flow } = sampleRequest(simulation);
  for (const proxyMode of ['nftables', 'ipvs'] as const) {
    const [a, b] = figure(simulation.compare(flow, [{ proxyMode: 'iptables' }, { proxyMode }]), 'Receiver');
    expect(a).toMatch(/^10\.244\.\d+\.\d+:8080$/);
    expect(b).toBe(a);
  }
});

it('leaves nothing behind', () => {
  const fresh = openSample();
  const compared = openSample();
  const settings: readonly [Partial<ClusterSettings>, Partial<ClusterSettings>] = [
    { proxyMode: 'ipvs' },
    { podMtu: 1400 },
  ];
  compared.compare(sampleRequest(compared), settings);
  expect(compared.cluster()).toEqual(fresh.cluster());
  expect(compared.send(sampleRequest(compared))).toEqual(fresh.send(sampleRequest(fresh)));
});

it('meets what people changed, where it can still be done', () => {
  const edited = openSample();
  exec(edited, 'node/worker-01', 'iptables -I FORWARD -j DROP');
  exec(edited, 'node/worker-01', 'iptables -t nat -F KUBE-MARK-MASQ');
  const comparison = edited.compare(sampleRequest(edited), [{ proxyMode: 'iptables' }, { proxyMode: 'nftables' }]);
  expect(figure(comparison, 'Outcome')).toEqual(['timeout', 'timeout']);
  expect(figure(comparison, 'Receiver')).toEqual(['nobody got it', 'nobody got it']);
  expect(comparison.map(({ view }) => view.edits?.length)).toEqual([2, 1]);
  expect(answerWay(comparison[0].conversation)).toBeUndefined();
});
