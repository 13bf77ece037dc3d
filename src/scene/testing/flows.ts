import '../../sim/testing/allModes.ts';
import type { ClusterSettings } from '../../datamodel/cluster/command.ts';
import type { ClusterView } from '../../datamodel/cluster/view.ts';
import type { Flow } from '../../datamodel/flow/flow.ts';
import type { Conversation } from '../../datamodel/flow/trace.ts';
import type { Netns } from '../../datamodel/network/netns.ts';
import type { NetnsId } from '../../datamodel/network/netnsId.ts';
import type { RuntimeTables } from '../../datamodel/network/runtime.ts';
import { clusterView } from '../../sim/controlplane/clusterView.ts';
import { compile } from '../../sim/controlplane/compile.ts';
import { cluster, endpoint, networkConfig, node, pod, service, slice } from '../../sim/controlplane/testing/objects.ts';
import { withKernelRoutes } from '../../sim/linux/route/kernelRoutes.ts';
import { run } from '../../sim/linux/run.ts';
import { ipAddress } from '../../wire/address.ts';

export interface TestCluster {
  readonly view: ClusterView;
  /** What the kernels learn stays, from one flow to the next. */
  send(flow: Partial<Flow> & Pick<Flow, 'from' | 'to'>): Conversation;
}

export const CLIENT = '192.168.1.100';
const SETTINGS: ClusterSettings = { podMtu: 'auto', randomFully: true, seed: 1 };

/** Three workers, a frontend, three backends behind a Service, a client outside: simulated, not made up. */
export function articleCluster(
  backend: 'vxlan' | 'host-gw' = 'vxlan',
  settings: Partial<ClusterSettings> = {},
): TestCluster {
  const http = { name: 'http', protocol: 'TCP', port: 8080 } as const;
  const listens = [{ protocol: 'TCP', port: 8080 }] as const;
  const backends = [
    ['backend-r8m3q', 'worker-02', '10.244.2.47'],
    ['backend-k1v0s', 'worker-02', '10.244.2.48'],
    ['backend-zt55w', 'worker-03', '10.244.3.12'],
  ] as const;
  const objects = cluster({
    network: networkConfig(backend),
    nodes: [1, 2, 3].map((n) => node(`worker-0${n}`, `192.168.1.1${n}`, `10.244.${n}.0/24`)),
    pods: [
      pod('frontend-x2k9p', 'worker-01', '10.244.1.23'),
      pod('web-7d4c9', 'worker-01', '10.244.1.24', { listens }),
      ...backends.map(([name, home, address]) => pod(name, home, address, { listens })),
      pod('coredns-5d78', 'worker-03', '10.244.3.3'),
    ],
    services: [
      service('backend', '10.96.42.10', {
        type: 'NodePort',
        ports: [{ name: 'http', protocol: 'TCP', port: 80, targetPort: 8080, nodePort: 30080 }],
      }),
      service('empty', '10.96.42.99', {
        ports: [{ name: 'http', protocol: 'TCP', port: 80, targetPort: 8080, nodePort: undefined }],
      }),
    ],
    endpointSlices: [
      slice(
        'backend',
        [http],
        backends.map(([name, home, address]) => endpoint(address, home, name)),
      ),
    ],
  });
  const all = { ...SETTINGS, ...settings };
  const compiled = compile(objects, all, [ipAddress(CLIENT)]);
  const ready = new Map<NetnsId, Netns>();
  const netns = (id: NetnsId): Netns | undefined => {
    const known = ready.get(id);
    const made = known ?? compiled.netns(id);
    if (made === undefined || known) return made;
    const whole = withKernelRoutes(made);
    ready.set(id, whole);
    return whole;
  };
  let learned: ReadonlyMap<NetnsId, RuntimeTables> = new Map();
  let start = 0;
  let id = 0;
  return {
    view: clusterView(objects, compiled, all, { revision: 1, ignored: [] }),
    send(part) {
      const flow: Flow = { as: 'http', port: 80, payload: 0, repeat: 1, warm: false, ...part };
      const result = run({ flow, netns, learned, seed: 7, start });
      ({ learned } = result);
      start = result.end + 1e9;
      id += 1;
      return { ...result, id, flow, revision: 1 };
    },
  };
}

/** To the backend's ClusterIP, by way of the Pod on the second worker. */
export const TO_SERVICE = {
  from: 'pod/default/frontend-x2k9p',
  to: { type: 'address', address: ipAddress('10.96.42.10') },
  pick: { address: ipAddress('10.244.2.47'), port: 8080 },
} as const satisfies Partial<Flow>;
