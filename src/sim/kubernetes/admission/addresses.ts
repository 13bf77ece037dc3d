import {
  familyOf,
  type IpAddress,
  type IpPrefix,
  parseSloppyIpAddress,
  parseSloppyIpPrefix,
} from '../../../wire/address.ts';
import type { FieldErrors } from './fieldErrors.ts';

/** An address of a field, refused in the API server's words when it is none. StrictIPCIDRValidation is off in v1.35. */
export function admitAddress(text: string, field: string, errors: FieldErrors, at = field): IpAddress | undefined {
  const address = parseSloppyIpAddress(text);
  if (address === undefined) {
    errors.invalid(field, text, 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)', at);
  }
  return address;
}

export function admitPrefix(text: string, field: string, errors: FieldErrors, at = field): IpPrefix | undefined {
  const prefix = parseSloppyIpPrefix(text);
  if (prefix === undefined) {
    errors.invalid(field, text, 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)', at);
  }
  return prefix;
}

/** ValidateNonSpecialIP: addresses that no endpoint or external IP may have. */
export function refuseSpecial(address: IpAddress, field: string, errors: FieldErrors): void {
  const v4 = familyOf(address) === 'IPv4';
  if (address === '0.0.0.0' || address === '::') {
    errors.invalid(field, address, `may not be unspecified (${v4 ? '0.0.0.0' : '::'})`);
  } else if (v4 ? address.startsWith('127.') : address === '::1') {
    errors.invalid(field, address, 'may not be in the loopback range (127.0.0.0/8, ::1/128)');
  } else if (v4 ? address.startsWith('169.254.') : /^fe[89ab]/.test(address)) {
    errors.invalid(field, address, 'may not be in the link-local range (169.254.0.0/16, fe80::/10)');
  } else if (v4 ? /^224\.0\.0\./.test(address) : /^ff.2:/.test(address)) {
    errors.invalid(field, address, 'may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)');
  }
}
