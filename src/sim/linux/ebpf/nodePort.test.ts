import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Flow } from '../../../datamodel/flow/flow.ts';
import type { DeviceProgram, LbBackend, LbMaps, LbService } from '../../../datamodel/network/ebpf.ts';
import type { Listener } from '../../../datamodel/network/listener.ts';
import type { Netns } from '../../../datamodel/network/netns.ts';
import type { NetnsId } from '../../../datamodel/network/netnsId.ts';
import type { Catalogue } from '../../../datamodel/network/nftables.ts';
import type { RuntimeTables } from '../../../datamodel/network/runtime.ts';
import { ipAddress } from '../../../wire/address.ts';
import { ETHERNET_HEADER_LENGTH } from '../../../wire/ethernet.ts';
import { Ipv4View } from '../../../wire/ipv4.ts';
import { UdpView } from '../../../wire/udp.ts';
import { withKernelRoutes } from '../route/kernelRoutes.ts';
import { type RunResult, run } from '../run.ts';
import { address, loopback, namespace, permanent, veth } from '../testing/world.ts';
import { installProgramRunner } from './programs.ts';
import { runDevicePrograms } from './runDevicePrograms.ts';
import { calledByProgram, translateSocket } from './socketLb.ts';

// One node whose own processes are the backends, and a client on its cable.

const NODE = ipAddress('10.0.0.1');
const NODE_PORT = 30000;
const MACS = { node: '02:00:00:00:00:01', client: '02:00:00:00:00:02' };

function catalogue<T>(entries: ReadonlyMap<string, T>): Catalogue<T> {
  return { get: (name) => entries.get(name), values: () => entries.values() };
}

/** A service whose backends are the node's ports 9000 + id. */
function mapsOf(ids: readonly number[], sticky: boolean): LbMaps {
  const front = { address: NODE, port: NODE_PORT, protocol: 'udp' } as const;
  const service: LbService = {
    ...front,
    id: `${NODE}:${NODE_PORT}/UDP`,
    scope: 'external',
    reverseNat: 7,
    slots: ids,
    count: ids.length,
    flags: {
      type: 'NodePort',
      externalLocal: false,
      internalLocal: false,
      twoScopes: false,
      sessionAffinity: sticky,
      routable: true,
      checkSourceRange: false,
      dsr: false,
    },
    affinitySeconds: 100,
  };
  const backends = ids.map((id): [string, LbBackend] => [
    String(id),
    { id, address: NODE, port: 9000 + id, protocol: 'udp', state: 'active' },
  ]);
  return {
    services: catalogue(new Map([[service.id, service]])),
    backends: catalogue(new Map(backends)),
    reverseNat: catalogue(new Map([['7', front]])),
    sourceRanges: catalogue(new Map()),
    maglev: catalogue(new Map([['7', Uint32Array.from({ length: 97 }, (_, i) => ids[i % ids.length] ?? 0)]])),
    endpoints: new Set([NODE]),
    identities: new Map([[NODE, 'host']]),
    nodePorts: { from: 30000, to: 32767 },
  };
}

function programs(maps: LbMaps, algorithm: 'random' | 'maglev'): readonly DeviceProgram[] {
  const nodePort = { address: NODE, ports: { from: 32768, to: 65535 }, dsr: [], algorithm } as const;
  const base = { device: 'eth0', owner: 'test', maps, type: 'nodePort', nodePort } as const;
  return [
    { ...base, hook: 'tc ingress', name: 'in' },
    { ...base, hook: 'tc egress', name: 'out' },
  ];
}

interface Setup {
  readonly backends?: readonly number[];
  readonly algorithm?: 'random' | 'maglev';
  readonly sticky?: boolean;
}

function send(
  sourcePort: number,
  { backends = [1], algorithm = 'random', sticky = false }: Setup,
  learned: ReadonlyMap<NetnsId, RuntimeTables> = new Map(),
  payload = 5,
): RunResult {
  const listeners = [1, 2, 3].map(
    (id): Listener => ({
      id: `udp/${9000 + id}`,
      owner: 'test',
      protocol: 'udp',
      port: 9000 + id,
      program: { type: 'identify', name: `backend-${id}` },
    }),
  );
  const node = namespace('node', {
    links: [loopback, veth('eth0', 2, MACS.node, 'client|eth0')],
    addresses: [address('10.0.0.1/24 eth0')],
    neighbors: [permanent('eth0', '10.0.0.2', MACS.client)],
    listeners,
    ebpf: { cgroup: [], devices: programs(mapsOf(backends, sticky), algorithm) },
  });
  const client = namespace('client', {
    links: [loopback, veth('eth0', 2, MACS.client, 'node|eth0')],
    addresses: [address('10.0.0.2/24 eth0')],
    neighbors: [permanent('eth0', '10.0.0.1', MACS.node)],
  });
  const spaces = new Map<NetnsId, Netns>([node, client].map((netns) => [netns.id, withKernelRoutes(netns)]));
  const flow: Flow = {
    from: 'client',
    to: { type: 'address', address: NODE },
    as: 'udp',
    port: NODE_PORT,
    payload,
    sourcePort,
    repeat: 1,
    warm: false,
  };
  return run({ flow, netns: (id) => spaces.get(id), learned, seed: sourcePort, start: 0 });
}

function answered({ outcomes }: RunResult): string {
  return /pod=(\S+)/.exec(outcomes[0]?.text ?? '')?.[1] ?? `${outcomes[0]?.type}`;
}

installProgramRunner({ runDevicePrograms, translateSocket, calledByProgram });

describe('a NodePort’s connections', () => {
  it('keep their backend when others come, and get another when theirs goes', () => {
    const first = send(5555, { backends: [1] });
    expect(answered(first)).toBe('backend-1');
    const later = send(5555, { backends: [1, 2, 3] }, first.learned);
    expect(answered(later)).toBe('backend-1');
    const others = new Set(
      [1, 2, 3, 4, 5, 6, 7, 8].map((port) => answered(send(6000 + port, { backends: [1, 2, 3] }))),
    );
    expect(others.size).toBeGreaterThan(1);
    expect(answered(send(5555, { backends: [2] }, later.learned))).toBe('backend-2');
  });

  it('of one client share a backend when the service is sticky', () => {
    const first = send(5000, { backends: [1, 2, 3], sticky: true });
    for (let port = 5001; port < 5012; port++) {
      expect(answered(send(port, { backends: [1, 2, 3], sticky: true }, first.learned))).toBe(answered(first));
    }
  });

  it('are known by what programs wrote, as data with the step that wrote it', () => {
    const { traces, learned } = send(5555, {});
    const updates = traces.flatMap(({ hops }) =>
      hops.flatMap(({ steps }) => steps.flatMap((step) => step.updates ?? [])),
    );
    const written = updates.filter(({ table }) => table === 'ebpf').map(({ id }) => id);
    expect(new Set(written)).toEqual(new Set(learned.get('node')?.ebpf?.map(({ id }) => id)));
    expect(learned.get('node')?.conntrack.some(({ original }) => original.destinationPort === NODE_PORT)).toBe(false);
  });

  it('are answered by the address that was asked, whatever was chosen and however long it was', () => {
    const setup = fc.record({
      backends: fc.subarray([1, 2, 3], { minLength: 1 }),
      algorithm: fc.constantFrom('random' as const, 'maglev' as const),
      sticky: fc.boolean(),
    });
    fc.assert(
      fc.property(
        fc.integer({ min: 1024, max: 65535 }),
        setup,
        fc.integer({ min: 0, max: 4000 }),
        (port, use, payload) => {
          const result = send(port, use, new Map(), payload);
          expect(answered(result)).toMatch(/^backend-/);
          const heard = result.captures.filter(({ netns, direction }) => netns === 'client' && direction === 'in');
          expect(heard.length).toBeGreaterThan(0);
          for (const { bytes } of heard) {
            const ip = new Ipv4View(bytes, ETHERNET_HEADER_LENGTH);
            expect(ip.source).toBe(NODE);
            if (ip.fragmentOffset === 0) expect(new UdpView(bytes, ip.payloadOffset).sourcePort).toBe(NODE_PORT);
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});
