import type {
  DeclaredEndpointPort,
  DeclaredEndpointSlice,
  DeclaredEndpoints,
} from '../../../datamodel/kubernetes/declared/declaredEndpoints.ts';
import { familyOf } from '../../../wire/address.ts';
import { admitAddress, refuseSpecial } from './addresses.ts';
import { admitChoice, PROTOCOLS } from './admitPodSpec.ts';
import type { FieldErrors } from './fieldErrors.ts';
import { isDns1123Label, isPortNumber } from './names.ts';

const MAX_ENDPOINTS = 1000;
const MAX_PORTS = 20_000;

/** pkg/apis/discovery/validation/validation.go */
export function admitEndpointSlice(slice: DeclaredEndpointSlice, errors: FieldErrors): void {
  const { addressType } = slice;
  if (!addressType) errors.required('addressType');
  else admitChoice(addressType, ['FQDN', 'IPv4', 'IPv6'], 'addressType', errors);
  const endpoints = slice.endpoints ?? [];
  if (endpoints.length > MAX_ENDPOINTS) errors.tooMany('endpoints', endpoints.length, MAX_ENDPOINTS);
  endpoints.forEach(({ addresses = [], hostname }, index) => {
    const field = `endpoints[${index}].addresses`;
    if (addresses.length === 0) errors.required(field, 'must contain at least 1 address');
    if (addressType === 'IPv4' || addressType === 'IPv6') {
      addresses.forEach((text, n) => {
        admitOfFamily(text, addressType, `${field}[${n}]`, errors);
      });
    }
    if (hostname)
      for (const error of isDns1123Label(hostname)) errors.invalid(`endpoints[${index}].hostname`, hostname, error);
  });
  const ports = slice.ports ?? [];
  if (ports.length > MAX_PORTS) errors.tooMany('ports', ports.length, MAX_PORTS);
  admitPorts(ports, 'ports', errors);
}

/** ValidateEndpoints (pkg/apis/core/validation/validation.go). */
export function admitEndpoints(endpoints: DeclaredEndpoints, errors: FieldErrors): void {
  endpoints.subsets?.forEach((subset, index) => {
    const at = `subsets[${index}]`;
    if (!subset.addresses?.length && !subset.notReadyAddresses?.length) {
      errors.required(at, 'must specify `addresses` or `notReadyAddresses`');
    }
    for (const list of ['addresses', 'notReadyAddresses'] as const) {
      subset[list]?.forEach(({ ip = '' }, n) => {
        const address = admitAddress(ip, `${at}.${list}[${n}].ip`, errors);
        if (address !== undefined) refuseSpecial(address, `${at}.${list}[${n}].ip`, errors);
      });
    }
    admitPorts(subset.ports ?? [], `${at}.ports`, errors);
    subset.ports?.forEach(({ port = 0, name }, n) => {
      for (const error of isPortNumber(port)) errors.invalid(`${at}.ports[${n}].port`, port, error);
      if (!name && (subset.ports?.length ?? 0) > 1) errors.required(`${at}.ports[${n}].name`);
    });
  });
}

function admitOfFamily(text: string, family: 'IPv4' | 'IPv6', field: string, errors: FieldErrors): void {
  const address = admitAddress(text, field, errors);
  if (address === undefined) return;
  if (familyOf(address) !== family) {
    errors.invalid(field, text, family === 'IPv4' ? 'must be an IPv4 address' : 'must be an IPv6 address');
  } else refuseSpecial(address, field, errors);
}

function admitPorts(ports: readonly DeclaredEndpointPort[], field: string, errors: FieldErrors): void {
  const names = new Set<string>();
  ports.forEach(({ name = '', protocol }, index) => {
    const at = `${field}[${index}]`;
    if (name !== '') for (const error of isDns1123Label(name)) errors.invalid(`${at}.name`, name, error);
    if (names.has(name)) errors.duplicate(`${at}.name`, name);
    names.add(name);
    admitChoice(protocol, PROTOCOLS, `${at}.protocol`, errors);
  });
}
