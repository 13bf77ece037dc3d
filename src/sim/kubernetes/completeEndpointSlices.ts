import type {
  DeclaredEndpointAddress,
  DeclaredEndpointPort,
  DeclaredEndpointSlice,
  DeclaredEndpoints,
  DeclaredTargetRef,
} from '../../datamodel/kubernetes/declared/declaredEndpoints.ts';
import type { DeclaredObject } from '../../datamodel/kubernetes/declared/declaredObjects.ts';
import type { Endpoint, EndpointPort, EndpointSlice } from '../../datamodel/kubernetes/endpointSlice.ts';
import type { Labels, ObjectMeta, Protocol } from '../../datamodel/kubernetes/objectMeta.ts';
import { familyOf, type IpFamily, parseSloppyIpAddress } from '../../wire/address.ts';
import { MANAGED_BY_LABEL, SERVICE_NAME_LABEL } from './controllers/endpointSlices.ts';
import { uidOf } from './names.ts';
import { completeMeta } from './objectMeta.ts';

/** The given EndpointSlices, and those that mirror Endpoints whose Service has none. */
export function completeEndpointSlices(objects: readonly DeclaredObject[], seed: number): readonly EndpointSlice[] {
  const slices: EndpointSlice[] = [];
  const covered = new Set<string>();
  for (const object of objects) {
    // FQDN slices are for others: kube-proxy passes them by.
    if (object.kind !== 'EndpointSlice' || object.addressType === 'FQDN') continue;
    const slice = completeSlice(object, seed);
    slices.push(slice);
    covered.add(`${slice.metadata.namespace}/${slice.serviceName}`);
  }
  for (const object of objects) {
    if (object.kind !== 'Endpoints') continue;
    const metadata = completeMeta(object, seed);
    if (!covered.has(`${metadata.namespace}/${metadata.name}`)) slices.push(...mirror(object, metadata, seed));
  }
  return slices;
}

function completeSlice(slice: DeclaredEndpointSlice, seed: number): EndpointSlice {
  const metadata = completeMeta(slice, seed);
  return {
    metadata,
    serviceName: metadata.labels.get(SERVICE_NAME_LABEL),
    addressType: slice.addressType as IpFamily,
    ports: (slice.ports ?? []).map(completePort),
    endpoints: (slice.endpoints ?? []).map((endpoint) => {
      const { addresses = [], conditions, hostname, nodeName, zone, targetRef, hints } = endpoint;
      const terminating = conditions?.terminating ?? false;
      // "nil should be interpreted as true": ready and serving of the API's EndpointConditions.
      const ready = conditions?.ready ?? true;
      return {
        addresses: addresses.map(parseSloppyIpAddress).filter((address) => address !== undefined),
        ready,
        serving: conditions?.serving ?? ready,
        terminating,
        nodeName,
        zone,
        hostname,
        ...(hints && { hints: { zones: namesOf(hints.forZones), nodes: namesOf(hints.forNodes) } }),
        pod: podOf(targetRef, metadata.namespace),
      };
    }),
  };
}

function namesOf(hinted: readonly { readonly name?: string }[] = []): readonly string[] {
  return hinted.flatMap(({ name }) => name ?? []);
}

/** Source imitated: pkg/controller/endpointslicemirroring. */
function mirror(endpoints: DeclaredEndpoints, metadata: ObjectMeta, seed: number): readonly EndpointSlice[] {
  return (endpoints.subsets ?? []).map((subset, index) => {
    const name = `${metadata.name}-mirror-${index}`;
    const labels: Labels = new Map([
      ...metadata.labels,
      [SERVICE_NAME_LABEL, metadata.name],
      [MANAGED_BY_LABEL, 'endpointslicemirroring-controller.k8s.io'],
    ]);
    const all = [
      ...(subset.addresses ?? []).map((address) => mirrorAddress(address, true, metadata.namespace)),
      ...(subset.notReadyAddresses ?? []).map((address) => mirrorAddress(address, false, metadata.namespace)),
    ];
    const first = all[0]?.addresses[0];
    return {
      metadata: {
        name,
        namespace: metadata.namespace,
        uid: uidOf(seed, 'EndpointSlice', metadata.namespace, name),
        labels,
        annotations: new Map(),
        ownerReferences: [{ kind: 'Endpoints', name: metadata.name, uid: metadata.uid, controller: true }],
      },
      serviceName: metadata.name,
      addressType: first === undefined ? 'IPv4' : familyOf(first),
      ports: (subset.ports ?? []).map(completePort),
      endpoints: all,
    };
  });
}

function mirrorAddress(
  { ip = '', hostname, nodeName, targetRef }: DeclaredEndpointAddress,
  ready: boolean,
  namespace: string,
): Endpoint {
  const address = parseSloppyIpAddress(ip);
  return {
    addresses: address === undefined ? [] : [address],
    ready,
    serving: ready,
    terminating: false,
    nodeName,
    zone: undefined,
    hostname,
    pod: podOf(targetRef, namespace),
  };
}

function completePort({ name, protocol, port }: DeclaredEndpointPort): EndpointPort {
  return { name: name ?? '', protocol: (protocol || 'TCP') as Protocol, port };
}

function podOf(target: DeclaredTargetRef | undefined, namespace: string): Endpoint['pod'] {
  if (target?.kind !== 'Pod' || !target.name) return undefined;
  return { namespace: target.namespace || namespace, name: target.name };
}
