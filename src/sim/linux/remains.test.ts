import { describe, expect, it } from 'vitest';
import type { ProxyMode } from '../../datamodel/cluster/command.ts';
import type { VirtualServer } from '../../datamodel/network/ipvs.ts';
import type { RuntimeTables } from '../../datamodel/network/runtime.ts';
import { sampleSources } from '../../manifests/sample.ts';
import { createSimulation } from '../createSimulation.ts';
import type { Simulation } from '../simulation.ts';
import { NOTHING_LEARNED } from './learned.ts';
import { remainingTables } from './remains.ts';

const NODE = 'node/worker-01';
const STICKY = `
apiVersion: v1
kind: Service
metadata: {name: sticky}
spec: {sessionAffinity: ClientIP, clusterIP: 10.96.7.7, selector: {app: backend}, ports: [{port: 80, targetPort: 8080}]}
`;

function opened(proxyMode: ProxyMode): Simulation {
  const created = createSimulation([...sampleSources(), { name: 'sticky.yaml', text: STICKY }], { proxyMode });
  if (!created.ok) throw new Error(created.error.map(({ message }) => message).join('\n'));
  return created.value;
}

/** What the node knows after a Pod of its has asked the sticky Service. */
function learned(simulation: Simulation): RuntimeTables {
  const from = simulation.resolve('deploy/default/frontend', 'from');
  const to = simulation.resolve('10.96.7.7:80', 'to');
  if (!from.ok || !to.ok || from.netns === undefined) throw new Error('the sample has changed');
  const flow = { from: from.netns, to: to.to, port: 80, as: 'http', payload: 0, repeat: 1, warm: true } as const;
  simulation.send(flow);
  return simulation.send(flow).before.get(NODE) ?? NOTHING_LEARNED;
}

describe('what a kernel remembers under another configuration', () => {
  it.each(['iptables', 'nftables'] as const)('%s: addresses go with the rules that asked for them', (mode) => {
    const simulation = opened(mode);
    const tables = learned(simulation);
    expect(tables.recent).not.toEqual([]);
    expect(remainingTables(tables, simulation.netns(NODE)!)).toBe(tables);
    simulation.apply({ type: 'configure', settings: { proxyMode: 'ipvs' } });
    const left = remainingTables(tables, simulation.netns(NODE)!);
    expect(left.recent).toEqual([]);
    expect(left.conntrack).toBe(tables.conntrack);
  });

  it('ipvs: where a scheduler stood goes with its virtual server, connections run out by themselves', () => {
    const simulation = opened('ipvs');
    const tables = learned(simulation);
    expect(tables.scheduling).not.toBeUndefined();
    expect(remainingTables(tables, simulation.netns(NODE)!)).toBe(tables);
    simulation.apply({ type: 'configure', settings: { proxyMode: 'iptables' } });
    const left = remainingTables(tables, simulation.netns(NODE)!);
    expect(left.scheduling).toBeUndefined();
    expect(left.ipvs).toBe(tables.ipvs);
  });

  it('ipvs: a connection goes with its real server, its template and what conntrack knows of it as well', () => {
    const simulation = opened('ipvs');
    const tables = learned(simulation);
    const netns = simulation.netns(NODE)!;
    const without = (sysctls = netns.sysctls) =>
      remainingTables(tables, {
        ...netns,
        sysctls,
        virtualServers: netns.virtualServers!.map((server) => ({ ...plain(server), realServers: [] })),
      });
    const ofSticky = ({ original }: RuntimeTables['conntrack'][number]): boolean =>
      original.destination === '10.96.7.7';
    expect(tables.ipvs?.map(({ template }) => template).sort()).toEqual([false, true]);
    expect(tables.conntrack.some(ofSticky)).toBe(true);
    expect(without().ipvs).toBeUndefined();
    expect(without().conntrack).toEqual(tables.conntrack.filter((entry) => !ofSticky(entry)));
    expect(without({ ...netns.sysctls, 'net.ipv4.vs.expire_nodest_conn': '0' })).toBe(tables);
  });
});

function plain({ id, owner, protocol, address, port, scheduler }: VirtualServer): Omit<VirtualServer, 'realServers'> {
  return { id, owner, protocol, address, port, scheduler };
}
