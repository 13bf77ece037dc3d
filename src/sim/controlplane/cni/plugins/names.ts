import { CniError, CODES } from '../spec/cniError.ts';

// What the specification lets names be made of (pkg/utils/utils.go of libcni).

const VALID = /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/;
const MAXIMUM_INTERFACE_NAME = 15;

export function invalidContainerId(id: string): CniError | undefined {
  if (id === '') return new CniError(CODES.unknownContainer, 'missing containerID');
  return VALID.test(id) ? undefined : new CniError(CODES.invalidEnvironment, 'invalid characters in containerID', id);
}

export function invalidNetworkName(name: string): CniError | undefined {
  if (name === '') return new CniError(CODES.invalidNetworkConfig, 'missing network name:');
  if (VALID.test(name)) return undefined;
  return new CniError(CODES.invalidNetworkConfig, 'invalid characters found in network name', name);
}

export function invalidInterfaceName(name: string): CniError | undefined {
  const problem = (message: string, details = ''): CniError => new CniError(CODES.invalidEnvironment, message, details);
  if (name === '') return problem('interface name is empty');
  if (new TextEncoder().encode(name).length > MAXIMUM_INTERFACE_NAME) {
    return problem(
      'interface name is too long',
      `interface name should be less than ${MAXIMUM_INTERFACE_NAME + 1} characters`,
    );
  }
  if (name === '.' || name === '..') return problem('interface name is . or ..');
  if (/[/:\s]/.test(name)) return problem('interface name contains / or : or whitespace characters');
  return undefined;
}
