import type { LbBackend } from '../../../../datamodel/network/ebpf.ts';
import { compareAddresses } from '../../../../wire/address.ts';
import type { EndpointInfo, ServicePortInfo } from '../servicePort.ts';

/**
 * The ids of backends, counted from 1 over the endpoints of all service ports. Cilium has one id for an address and port that
 * services share; nothing that programs decide or tools print depends on it, and this way no endpoint need be looked at
 * before it is asked for.
 */
export class BackendIds {
  readonly #services: readonly ServicePortInfo[];
  /** How many endpoints there are before each service port's own. */
  readonly #before: readonly number[];
  readonly #places: ReadonlyMap<ServicePortInfo, number>;

  constructor(services: readonly ServicePortInfo[]) {
    let count = 0;
    this.#services = services;
    this.#before = services.map(({ endpoints }) => {
      const before = count;
      count += endpoints.length;
      return before;
    });
    this.#places = new Map(services.map((service, i) => [service, i]));
  }

  /** @param index of the endpoint among the service port's. */
  of(service: ServicePortInfo, index: number): number {
    return (this.#before[this.#places.get(service) ?? -1] ?? 0) + index + 1;
  }

  backend(id: number): LbBackend | undefined {
    let [low, high] = [0, this.#before.length];
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if ((this.#before[middle] ?? 0) < id) low = middle;
      else high = middle;
    }
    const service = this.#services[low];
    const endpoint = service?.endpoints[id - 1 - (this.#before[low] ?? 0)];
    const state = endpoint && stateOf(endpoint);
    if (!service || !endpoint || !state) return undefined;
    return { id, address: endpoint.address, port: endpoint.port, protocol: service.protocol, state };
  }

  *all(): Iterable<LbBackend> {
    for (const service of this.#services) {
      for (let i = 0; i < service.endpoints.length; i++) {
        const backend = this.backend(this.of(service, i));
        if (backend) yield backend;
      }
    }
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

/**
 * The slots of a frontend, as places among the service port's endpoints: active ones first, each kind by address and port; and
 * how many of them are chosen for new connections.
 *
 * @param node only the endpoints there, when only they will do.
 */
export function orderedSlots(
  { endpoints }: ServicePortInfo,
  node: string | undefined,
): { readonly slots: readonly number[]; readonly count: number } {
  const inState = (state: LbBackend['state']): number[] =>
    endpoints
      .flatMap((endpoint, i) => {
        const wanted = node === undefined || endpoint.nodeName === node;
        return wanted && stateOf(endpoint) === state ? [{ endpoint, i }] : [];
      })
      .sort((a, b) => compareAddresses(a.endpoint.address, b.endpoint.address) || a.endpoint.port - b.endpoint.port)
      .map(({ i }) => i);
  const [active, terminating] = [inState('active'), inState('terminating')];
  return { slots: [...active, ...terminating], count: active.length > 0 ? active.length : terminating.length };
}
