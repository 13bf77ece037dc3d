import { err, ok, type Result } from '../base/result.ts';
import type { ClusterView } from '../datamodel/cluster/view.ts';
import type { NetnsId } from '../datamodel/network/netnsId.ts';
import { parseIpAddress } from '../wire/address.ts';
import { type IsOutside, readReference } from './reference.ts';

/**
 * Reads the name of a namespace that a command is run in: a Pod's or node's name, `NAMESPACE/NAME`, `pod/…`, `node/…`,
 * `deploy/…`, a router's name or `router/…`, or the address of a host outside the cluster.
 */
export function readNamespace(text: string, cluster: ClusterView, isOutside: IsOutside): Result<NetnsId, string> {
  const trimmed = text.trim();
  const address = parseIpAddress(trimmed);
  if (address !== undefined && isOutside(address)) return ok(address);
  const router = cluster.underlay.routers.find(({ netns }) => netns === trimmed);
  if (router) return ok(router.netns);
  const parts = trimmed.split('/');
  if (parts.length === 1 && address === undefined) return byName(trimmed, cluster);
  const whole = parts.length === 2 && isNamespace(parts[0] ?? '', cluster) ? `pod/${trimmed}` : trimmed;
  const read = readReference(whole, cluster, isOutside);
  if (!read.ok) return read;
  return read.value.netns === undefined
    ? err(`${read.value.label} has no network namespace: name a Pod, a node or a host outside the cluster`)
    : ok(read.value.netns);
}

function isNamespace(text: string, cluster: ClusterView): boolean {
  return cluster.pods.some((pod) => pod.namespace === text);
}

function byName(name: string, cluster: ClusterView): Result<NetnsId, string> {
  const nodes = [...cluster.nodes, ...cluster.underlay.routers].filter((node) => node.name === name);
  const pods = cluster.pods.filter((pod) => pod.name === name);
  const preferred = pods.find((pod) => pod.namespace === 'default');
  const found = [
    ...nodes.map((node) => node.netns),
    ...(preferred ? [preferred] : pods).map((pod) => `pod/${pod.namespace}/${pod.name}`),
  ];
  const [first] = found;
  if (first === undefined) return err(`There is no Pod, node, router or outside host "${name}"`);
  if (found.length > 1) return err(`"${name}" could be ${found.join(' or ')}`);
  const node = nodes[0];
  return ok(node ? node.netns : ((preferred ?? pods[0])?.netns ?? first));
}

/**
 * Puts the names of host ends in the place of `veth(NAMESPACE/NAME)`.
 *
 * @returns an error when there is no such Pod, or when it has no veth.
 */
export function nameVeths(line: string, cluster: ClusterView): Result<string, string> {
  let missing: string | undefined;
  const named = line.replace(/\bveth\(([^()/\s]+)\/([^()/\s]+)\)/g, (whole, namespace: string, name: string) => {
    const pod = cluster.pods.find((each) => each.namespace === namespace && each.name === name);
    if (pod?.hostDevice === undefined) missing ??= `${namespace}/${name}`;
    return pod?.hostDevice ?? whole;
  });
  return missing === undefined ? ok(named) : err(`There is no veth of a Pod ${missing}`);
}
