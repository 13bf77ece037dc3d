import type { LbBackend } from '../../../../datamodel/network/ebpf.ts';
import type { TransportName } from '../../../../datamodel/network/netfilter.ts';
import { compareAddresses } from '../../../../wire/address.ts';
import type { EndpointInfo, ServicePortInfo } from '../servicePort.ts';

/** The ids of backends: one an address, port and protocol, whichever services share it; counted from 1. */
export class BackendIds {
  readonly #ids = new Map<string, number>();
  readonly #backends: LbBackend[] = [];

  constructor(services: readonly ServicePortInfo[]) {
    for (const { protocol, endpoints } of services) {
      for (const endpoint of endpoints) {
        const state = stateOf(endpoint);
        if (state === undefined) continue;
        const name = nameOf(endpoint, protocol);
        if (this.#ids.has(name)) continue;
        const id = this.#backends.length + 1;
        const { address, port } = endpoint;
        this.#ids.set(name, id);
        this.#backends.push({ id, address, port, protocol, state });
      }
    }
  }

  of(endpoint: EndpointInfo, protocol: TransportName): number {
    return this.#ids.get(nameOf(endpoint, protocol)) ?? 0;
  }

  backend(id: number): LbBackend | undefined {
    return this.#backends[id - 1];
  }

  all(): readonly LbBackend[] {
    return this.#backends;
  }
}

/**
 * Whether an endpoint is a backend, and in which state: one that is not ready is one only while it serves to its end
 * (Cilium: pkg/k8s/endpoints.go). Hints are not read: `loadBalancer.serviceTopology` is off by default.
 */
export function stateOf({ ready, serving, terminating }: EndpointInfo): LbBackend['state'] | undefined {
  if (ready) return 'active';
  return serving && terminating ? 'terminating' : undefined;
}

/** The slots of a frontend in order, active backends first, and how many of them are chosen for new connections. */
export function orderedSlots(endpoints: readonly EndpointInfo[]): {
  readonly endpoints: readonly EndpointInfo[];
  readonly count: number;
} {
  const inState = (state: LbBackend['state']): EndpointInfo[] =>
    endpoints
      .filter((endpoint) => stateOf(endpoint) === state)
      .sort((a, b) => compareAddresses(a.address, b.address) || a.port - b.port);
  const [active, terminating] = [inState('active'), inState('terminating')];
  return { endpoints: [...active, ...terminating], count: active.length > 0 ? active.length : terminating.length };
}

function nameOf({ text }: EndpointInfo, protocol: TransportName): string {
  return `${text}/${protocol}`;
}
