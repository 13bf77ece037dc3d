import type { DeclaredContainer, DeclaredPodSpec } from '../../../datamodel/kubernetes/declared/declaredPod.ts';
import { admitAddress } from './addresses.ts';
import { admitLabels } from './admitMeta.ts';
import type { FieldErrors } from './fieldErrors.ts';
import { isDns1123Label, isDns1123Subdomain, isPortName, isPortNumber } from './names.ts';

export const PROTOCOLS = ['SCTP', 'TCP', 'UDP'] as const;

/** What networking reads of ValidatePodSpec (pkg/apis/core/validation/validation.go). */
export function admitPodSpec(spec: DeclaredPodSpec | undefined, field: string, errors: FieldErrors): void {
  const containers = spec?.containers ?? [];
  if (containers.length === 0) errors.required(`${field}.containers`);
  const names = new Set<string>();
  const hostPorts = new Set<string>();
  const lists = [
    { list: spec?.initContainers ?? [], at: `${field}.initContainers` },
    { list: containers, at: `${field}.containers` },
  ];
  for (const { list, at } of lists) {
    list.forEach((container, index) => {
      admitContainerName(container, `${at}[${index}]`, names, errors);
      admitPorts(container, `${at}[${index}].ports`, spec?.hostNetwork === true, hostPorts, errors);
      admitProbes(container, `${at}[${index}]`, errors);
    });
  }
  admitChoice(spec?.restartPolicy, ['Always', 'Never', 'OnFailure'], `${field}.restartPolicy`, errors);
  admitChoice(
    spec?.dnsPolicy,
    ['ClusterFirst', 'ClusterFirstWithHostNet', 'Default', 'None'],
    `${field}.dnsPolicy`,
    errors,
  );
  admitLabels(spec?.nodeSelector, `${field}.nodeSelector`, errors);
  for (const [name, check] of [
    ['nodeName', isDns1123Subdomain],
    ['hostname', isDns1123Label],
    ['subdomain', isDns1123Label],
  ] as const) {
    const value = spec?.[name];
    if (value) for (const error of check(value)) errors.invalid(`${field}.${name}`, value, error);
  }
  spec?.tolerations?.forEach(({ operator, key, value, effect }, index) => {
    const at = `${field}.tolerations[${index}]`;
    admitChoice(operator, ['Equal', 'Exists'], `${at}.operator`, errors);
    admitChoice(effect, ['NoExecute', 'NoSchedule', 'PreferNoSchedule'], `${at}.effect`, errors);
    if (!key && operator !== 'Exists') {
      errors.invalid(
        `${at}.operator`,
        operator ?? 'Equal',
        'operator must be Exists when `key` is empty, which means "match all values and all keys"',
        at,
      );
    }
    if (operator === 'Exists' && value) {
      errors.invalid(`${at}.operator`, value, "value must be empty when `operator` is 'Exists'");
    }
  });
}

function admitContainerName(container: DeclaredContainer, at: string, names: Set<string>, errors: FieldErrors): void {
  const { name } = container;
  if (!name) {
    errors.required(`${at}.name`);
    return;
  }
  for (const error of isDns1123Label(name)) errors.invalid(`${at}.name`, name, error);
  if (names.has(name)) errors.duplicate(`${at}.name`, name);
  names.add(name);
}

function admitPorts(
  container: DeclaredContainer,
  field: string,
  hostNetwork: boolean,
  hostPorts: Set<string>,
  errors: FieldErrors,
): void {
  const names = new Set<string>();
  container.ports?.forEach(({ name, containerPort, hostPort, protocol, hostIP }, index) => {
    const at = `${field}[${index}]`;
    if (name) {
      const wrong = isPortName(name);
      for (const error of wrong) errors.invalid(`${at}.name`, name, error);
      if (wrong.length === 0 && names.has(name)) errors.duplicate(`${at}.name`, name);
      names.add(name);
    }
    if (!containerPort) errors.required(`${at}.containerPort`);
    else for (const error of isPortNumber(containerPort)) errors.invalid(`${at}.containerPort`, containerPort, error);
    if (hostPort) {
      for (const error of isPortNumber(hostPort)) errors.invalid(`${at}.hostPort`, hostPort, error);
      const key = `${protocol ?? 'TCP'}/${hostIP ?? ''}/${hostPort}`;
      if (hostPorts.has(key)) errors.duplicate(`${at}.hostPort`, key);
      hostPorts.add(key);
    }
    if (hostNetwork && containerPort && hostPort && hostPort !== containerPort) {
      errors.invalid(`${at}.containerPort`, containerPort, 'must match `hostPort` when `hostNetwork` is true');
    }
    admitChoice(protocol, PROTOCOLS, `${at}.protocol`, errors);
    if (hostIP) admitAddress(hostIP, `${at}.hostIP`, errors);
  });
}

function admitProbes(container: DeclaredContainer, field: string, errors: FieldErrors): void {
  for (const name of ['livenessProbe', 'readinessProbe', 'startupProbe'] as const) {
    const probe = container[name];
    for (const kind of ['httpGet', 'tcpSocket', 'grpc'] as const) {
      const handler = probe?.[kind];
      if (handler !== undefined) admitPortReference(handler.port ?? 0, `${field}.${name}.${kind}.port`, errors);
    }
  }
}

/** ValidatePortNumOrName. */
export function admitPortReference(port: number | string, field: string, errors: FieldErrors): void {
  const wrong = typeof port === 'number' ? isPortNumber(port) : isPortName(port);
  for (const error of wrong) errors.invalid(field, port, error);
}

/** A field that, if it says anything, must say one of a few things. */
export function admitChoice(
  value: string | undefined,
  supported: readonly string[],
  field: string,
  errors: FieldErrors,
): void {
  if (value && !supported.includes(value)) errors.notSupported(field, value, supported);
}
