import type { DeclaredNode } from '../../../datamodel/kubernetes/declared/declaredNode.ts';
import { familyOf } from '../../../wire/address.ts';
import { admitAddress, admitPrefix } from './addresses.ts';
import type { FieldErrors } from './fieldErrors.ts';
import { isLabelValue, isQualifiedName } from './names.ts';

export function admitNode(node: DeclaredNode, errors: FieldErrors): void {
  const { podCIDR, podCIDRs } = node.spec ?? {};
  if (podCIDR) admitPrefix(podCIDR, 'spec.podCIDR', errors);
  podCIDRs?.forEach((text, index) => {
    admitPrefix(text, `spec.podCIDRs[${index}]`, errors);
  });
  if (podCIDR && podCIDRs?.[0] && podCIDRs[0] !== podCIDR) {
    errors.invalid('spec.podCIDRs[0]', podCIDRs[0], 'must be equal to `podCIDR`');
  }
  admitTaints(node, errors);
  let internal = 0;
  node.status?.addresses?.forEach(({ type, address }, index) => {
    if (type !== 'InternalIP' && type !== 'ExternalIP') return;
    const parsed = admitAddress(address ?? '', `status.addresses[${index}].address`, errors);
    if (type === 'InternalIP' && (parsed === undefined || familyOf(parsed) === 'IPv4')) internal++;
  });
  // No check of the API server's: without an address of its own the node has no place on the underlay.
  if (node.status?.addresses !== undefined && internal === 0) {
    errors.required('status.addresses', 'a node needs an IPv4 address of type InternalIP to be simulated');
  }
}

function admitTaints(node: DeclaredNode, errors: FieldErrors): void {
  const seen = new Set<string>();
  node.spec?.taints?.forEach(({ key = '', value = '', effect = '' }, index) => {
    const at = `spec.taints[${index}]`;
    for (const error of isQualifiedName(key)) errors.invalid(`${at}.key`, key, error);
    for (const error of isLabelValue(value)) errors.invalid(`${at}.value`, value, error);
    if (effect === '') errors.required(`${at}.effect`);
    else if (!['NoSchedule', 'PreferNoSchedule', 'NoExecute'].includes(effect)) {
      errors.notSupported(`${at}.effect`, effect, ['NoSchedule', 'PreferNoSchedule', 'NoExecute']);
    }
    const id = `${key}:${effect}`;
    if (seen.has(id)) errors.duplicate(at, { key, effect });
    seen.add(id);
  });
}
