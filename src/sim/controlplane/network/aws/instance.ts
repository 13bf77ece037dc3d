import type { AwsVpcConfig } from '../../../../datamodel/kubernetes/awsVpcConfig.ts';
import type { Node } from '../../../../datamodel/kubernetes/node.ts';
import { cpusOf, type InstanceLimits, instanceLimits } from '../../ipam/aws/instanceLimits.ts';

const LABELS = ['node.kubernetes.io/instance-type', 'beta.kubernetes.io/instance-type'];
/** An instance whose type nothing says: m5.large. */
const UNKNOWN: InstanceLimits = { enis: 3, ipv4PerEni: 10, prefixes: true };

/** What ipamd may use of the machine that a node is: its type's limits, and MAX_ENI. */
export function limitsOf(
  { metadata }: Node,
  { maxEnis, prefixDelegation }: AwsVpcConfig,
): InstanceLimits & { readonly cpus: number } {
  const type = LABELS.map((label) => metadata.labels.get(label)).find((text) => text !== undefined);
  const { enis, ipv4PerEni, prefixes } = instanceLimits(type ?? '') ?? UNKNOWN;
  const usable = Math.min(enis, maxEnis ?? enis);
  return { enis: usable, ipv4PerEni, prefixes: prefixes && prefixDelegation, cpus: cpusOf(type ?? '') };
}
