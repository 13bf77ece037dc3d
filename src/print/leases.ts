import type { FollowedLease, Lease } from '../datamodel/cluster/lease.ts';
import { formatPrefix } from '../wire/address.ts';
import { printLeaseEntries } from './leaseEntries.ts';

const ANNOTATION = 'flannel.alpha.coreos.com';

/** Leases as YAML: each Node's annotations and podCIDR, and what the other nodes' flanneld has written from them. */
export function leaseLines(followed: readonly FollowedLease[]): readonly string[] {
  return followed.flatMap(({ lease, written }) => [
    `- node: ${lease.node}`,
    '  annotations:',
    ...leaseAnnotations(lease).map(([name, value]) => `    ${name}: ${quoted(value)}`),
    `  podCIDR: ${formatPrefix(lease.subnet)}`,
    ...(written.length === 0 ? ['  written: {}'] : ['  written:']),
    ...written.flatMap((entries) => {
      const lines = printLeaseEntries(entries);
      if (lines.length === 0) return [`    ${entries.node}: []`];
      return [`    ${entries.node}:`, ...lines.map(({ text }) => `      - ${quoted(text)}`)];
    }),
  ]);
}

/** What flanneld annotates its Node with (AcquireLease in pkg/subnet/kube/kube.go), in the order of the names. */
function leaseAnnotations({
  backendData,
  backendType,
  publicIp,
}: Lease): readonly (readonly [name: string, value: string])[] {
  return [
    [`${ANNOTATION}/backend-data`, backendData],
    [`${ANNOTATION}/backend-type`, backendType],
    [`${ANNOTATION}/kube-subnet-manager`, 'true'],
    [`${ANNOTATION}/public-ip`, publicIp],
  ];
}

/** YAML's single quotes, in which nothing else is special. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
