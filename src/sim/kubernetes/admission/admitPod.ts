import type { DeclaredPod } from '../../../datamodel/kubernetes/declared/declaredPod.ts';
import { admitAddress } from './addresses.ts';
import { admitChoice, admitPodSpec } from './admitPodSpec.ts';
import type { FieldErrors } from './fieldErrors.ts';

export function admitPod(pod: DeclaredPod, errors: FieldErrors): void {
  admitPodSpec(pod.spec, 'spec', errors);
  const { phase, podIP, podIPs, hostIP } = pod.status ?? {};
  admitChoice(phase, ['Pending', 'Running', 'Succeeded', 'Failed', 'Unknown'], 'status.phase', errors);
  if (hostIP) admitAddress(hostIP, 'status.hostIP', errors);
  if (podIP) admitAddress(podIP, 'status.podIP', errors);
  podIPs?.forEach(({ ip }, index) => {
    if (ip) admitAddress(ip, `status.podIPs[${index}].ip`, errors);
  });
  const first = podIPs?.[0]?.ip;
  if (podIP && first && first !== podIP) {
    errors.invalid('status.podIPs[0].ip', first, 'must be equal to `podIP`');
  }
}
