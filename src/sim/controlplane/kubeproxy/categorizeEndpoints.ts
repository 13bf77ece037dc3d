import { type EndpointInfo, type ServicePortInfo, usesClusterEndpoints, usesLocalEndpoints } from './servicePort.ts';

/** Where a proxy runs: what decides which endpoints are near. */
export interface ProxyLocation {
  readonly nodeName: string;
  readonly zone: string | undefined;
}

export interface EndpointCategories {
  /** What Cluster policy chooses from on this node. */
  readonly cluster: readonly EndpointInfo[];
  /** What Local policy chooses from on this node. */
  readonly local: readonly EndpointInfo[];
  /** Both together, each once. */
  readonly reachable: readonly EndpointInfo[];
  /** Whether anything in the whole cluster serves it. */
  readonly any: boolean;
}

/**
 * Which endpoints of a service port one node may use (pkg/proxy/topology.go): the ready ones, or where there is none those
 * still serving while they terminate, judged apart for the two policies; topology hints narrow Cluster policy alone.
 */
export function categorizeEndpoints(service: ServicePortInfo, location: ProxyLocation): EndpointCategories {
  const { endpoints } = service;
  const wantsCluster = usesClusterEndpoints(service);
  const wantsLocal = usesLocalEndpoints(service);
  const narrowed = wantsCluster && service.hinted ? hintedEndpoints(endpoints, location) : undefined;
  const cluster = wantsCluster ? usable(narrowed ?? endpoints, endpoints) : [];
  if (!wantsLocal) return { cluster, local: [], reachable: cluster, any: cluster.length > 0 };

  const onThisNode = endpoints.filter((endpoint) => endpoint.nodeName === location.nodeName);
  const local = usable(onThisNode, onThisNode);
  const reachable = new Map([...cluster, ...local].map((endpoint) => [endpoint.text, endpoint]));
  return {
    cluster,
    local,
    reachable: [...reachable.values()],
    any: cluster.length > 0 || endpoints.some((endpoint) => endpoint.ready || servingToTheEnd(endpoint)),
  };
}

function usable(preferred: readonly EndpointInfo[], all: readonly EndpointInfo[]): readonly EndpointInfo[] {
  // mostly all are, and thousands of copies are not for free
  if (preferred.length > 0 && preferred.every((endpoint) => endpoint.ready)) return preferred;
  const ready = preferred.filter((endpoint) => endpoint.ready);
  return ready.length > 0 ? ready : all.filter(servingToTheEnd);
}

function servingToTheEnd(endpoint: EndpointInfo): boolean {
  return endpoint.serving && endpoint.terminating;
}

/**
 * The endpoints hinted for this node, else those for its zone. A kind of hint counts only if every ready endpoint has one
 * and at least one ready endpoint is meant.
 */
function hintedEndpoints(
  endpoints: readonly EndpointInfo[],
  location: ProxyLocation,
): readonly EndpointInfo[] | undefined {
  const ready = endpoints.filter((endpoint) => endpoint.ready);
  for (const [hints, here] of [
    [(endpoint: EndpointInfo) => endpoint.nodeHints, location.nodeName],
    [(endpoint: EndpointInfo) => endpoint.zoneHints, location.zone ?? ''],
  ] as const) {
    const meant = ready.filter((endpoint) => hints(endpoint).includes(here));
    if (meant.length > 0 && ready.every((endpoint) => hints(endpoint).length > 0)) return meant;
  }
  return undefined;
}

/** Whether every node uses a service port's endpoints alike, and lets in the same clients. */
export function isAlikeEverywhere(service: ServicePortInfo): boolean {
  return service.sourceRanges.length === 0 && !usesLocalEndpoints(service) && !service.hinted;
}
