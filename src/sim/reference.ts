import { err, ok, type Result } from '../base/result.ts';
import type { ClusterView, PodView, ServiceView } from '../datamodel/cluster/view.ts';
import type { Destination } from '../datamodel/flow/flow.ts';
import type { NetnsId } from '../datamodel/network/netnsId.ts';
import { type IpAddress, parseIpAddress } from '../wire/address.ts';

/** What a reference stands for. A sender needs `netns` (or an outside `address`), a destination needs `to`. */
export interface Reference {
  readonly label: string;
  /** The namespace whose processes send; absent for Services, names and addresses that nobody has. */
  readonly netns?: NetnsId;
  readonly to: Destination;
  /** Named after `:`, or the first port that the object offers. */
  readonly port?: number;
  /** A host outside the cluster that has to be there for this. */
  readonly outside?: IpAddress;
}

const WORKLOADS: Readonly<Record<string, string>> = {
  deploy: 'Deployment',
  deployment: 'Deployment',
  rs: 'ReplicaSet',
  replicaset: 'ReplicaSet',
  sts: 'StatefulSet',
  statefulset: 'StatefulSet',
  ds: 'DaemonSet',
  daemonset: 'DaemonSet',
  job: 'Job',
};

const MAXIMUM_LENGTH = 512;
const NAME = /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\.?$/;

/** Decides whether an address that the cluster does not have is a host outside it. */
export type IsOutside = (address: IpAddress) => boolean;

/**
 * Reads what a person typed: `pod/ns/name`, `deploy/ns/name` (its first Pod), `node/NAME`, `svc/ns/name`, a DNS name or an
 * address, with an optional `:port`. The namespace may be left out for `default`.
 *
 * @returns an error that says what was not found and what would have been.
 */
export function readReference(text: string, cluster: ClusterView, isOutside: IsOutside): Result<Reference, string> {
  const trimmed = text.trim();
  if (trimmed === '' || trimmed.length > MAXIMUM_LENGTH) return err('Expected a Pod, node, Service, name or address');
  const portAt = /:(\d+)$/.exec(trimmed);
  const bare = portAt && parseIpAddress(trimmed) === undefined ? trimmed.slice(0, portAt.index) : trimmed;
  const port = bare === trimmed ? undefined : Number(portAt?.[1]);
  if (port !== undefined && (port < 1 || port > 65535)) return err(`${port} is not a port: ports are 1 to 65535`);
  const found = readObject(bare, cluster, isOutside);
  return found.ok && port !== undefined ? ok({ ...found.value, port }) : found;
}

function readObject(text: string, cluster: ClusterView, isOutside: IsOutside): Result<Reference, string> {
  const parts = text.split('/');
  if (parts.length === 1) return readNameOrAddress(text, cluster, isOutside);
  const kind = (parts[0] ?? '').toLowerCase();
  if (kind === 'node') return readNode(parts.slice(1).join('/'), cluster);
  const [namespace, name] = parts.length === 3 ? [parts[1] ?? '', parts[2] ?? ''] : ['default', parts[1] ?? ''];
  if (parts.length > 3) return err(`"${text}" has too many parts: write ${kind}/NAMESPACE/NAME`);
  if (kind === 'pod' || kind === 'po') {
    return podReference(
      cluster.pods.find((pod) => pod.namespace === namespace && pod.name === name),
      `Pod ${namespace}/${name}`,
    );
  }
  if (kind === 'svc' || kind === 'service') return readService(namespace, name, cluster);
  const workload = Object.hasOwn(WORKLOADS, kind) ? WORKLOADS[kind] : undefined;
  if (workload === undefined)
    return err(`"${kind}" is not known: write pod/, deploy/, node/, svc/, a name or an address`);
  return podReference(
    cluster.pods.find((pod) => pod.namespace === namespace && pod.owner === `${workload}/${name}`),
    `Pod of ${workload} ${namespace}/${name}`,
  );
}

function readNode(name: string, cluster: ClusterView): Result<Reference, string> {
  const node = cluster.nodes.find((candidate) => candidate.name === name);
  if (node === undefined)
    return err(`There is no node ${name}: the nodes are ${some(cluster.nodes.map((n) => n.name))}`);
  return ok({ label: `node/${name}`, netns: node.netns, to: { type: 'address', address: node.address } });
}

function podReference(pod: PodView | undefined, what: string): Result<Reference, string> {
  if (pod === undefined) return err(`There is no ${what}`);
  if (pod.address === undefined) return err(`${what} has no address: ${pod.message ?? pod.phase}`);
  const port = pod.ports[0]?.port;
  return ok({
    label: `pod/${pod.namespace}/${pod.name}`,
    netns: pod.netns,
    to: { type: 'address', address: pod.address },
    ...(port !== undefined && { port }),
  });
}

function readService(namespace: string, name: string, cluster: ClusterView): Result<Reference, string> {
  const service = cluster.services.find((candidate) => candidate.namespace === namespace && candidate.name === name);
  if (service === undefined) return err(`There is no Service ${namespace}/${name}`);
  return ok(serviceReference(service));
}

function serviceReference(service: ServiceView): Reference {
  const port = service.ports[0]?.port;
  const label = `svc/${service.namespace}/${service.name}`;
  const to: Destination = service.clusterIp
    ? { type: 'address', address: service.clusterIp }
    : { type: 'name', name: `${service.name}.${service.namespace}` };
  return { label, to, ...(port !== undefined && { port }) };
}

function readNameOrAddress(text: string, cluster: ClusterView, isOutside: IsOutside): Result<Reference, string> {
  const address = parseIpAddress(text);
  if (address !== undefined) return ok(addressReference(address, cluster, isOutside));
  const name = text.toLowerCase();
  if (/^[\d.]+$/.test(name)) return err(`"${text}" is not an IP address`);
  return NAME.test(name)
    ? ok({ label: name, to: { type: 'name', name } })
    : err(`"${text}" is neither a name nor an address`);
}

function addressReference(address: IpAddress, cluster: ClusterView, isOutside: IsOutside): Reference {
  const to: Destination = { type: 'address', address };
  const node = cluster.nodes.find((candidate) => candidate.address === address);
  if (node) return { label: address, netns: node.netns, to };
  const pod = cluster.pods.find((candidate) => candidate.address === address);
  if (pod) return { label: address, netns: pod.netns, to };
  if (isOutside(address)) return { label: address, netns: address, to, outside: address };
  return { label: address, to };
}

function some(names: readonly string[]): string {
  const shown = names.slice(0, 5).join(', ');
  return names.length > 5 ? `${shown} and ${names.length - 5} more` : shown;
}
