/** Checks of names as k8s.io/apimachinery/pkg/util/validation has them: each returns what is wrong, in its words. */

const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const SUBDOMAIN = `${LABEL}(\\.${LABEL})*`;
const DNS_1035 = '[a-z]([-a-z0-9]*[a-z0-9])?';
const QUALIFIED = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';

export type NameCheck = (value: string) => readonly string[];

export const isDns1123Label: NameCheck = (value) => {
  const errors = tooLong(value, 63);
  if (matches(value, LABEL)) return errors;
  if (matches(value, SUBDOMAIN)) return [...errors, 'must not contain dots'];
  return [
    ...errors,
    regexError(
      "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
      LABEL,
      ['my-name', '123-abc'],
    ),
  ];
};

export const isDns1123Subdomain: NameCheck = (value) => {
  const errors = tooLong(value, 253);
  if (matches(value, SUBDOMAIN)) return errors;
  return [
    ...errors,
    regexError(
      "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
      SUBDOMAIN,
      ['example.com'],
    ),
  ];
};

export const isDns1035Label: NameCheck = (value) => {
  const errors = tooLong(value, 63);
  if (matches(value, DNS_1035)) return errors;
  return [
    ...errors,
    regexError(
      "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
      DNS_1035,
      ['my-name', 'abc-123'],
    ),
  ];
};

/** Of container ports (IANA service names). */
export const isPortName: NameCheck = (value) => {
  const errors = tooLong(value, 15);
  if (!/^[-a-z0-9]+$/.test(value)) {
    errors.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)');
  }
  if (!/[a-z]/.test(value)) errors.push('must contain at least one letter (a-z)');
  if (value.includes('--')) errors.push('must not contain consecutive hyphens');
  if (value.startsWith('-') || value.endsWith('-')) errors.push('must not begin or end with a hyphen');
  return errors;
};

/** Of labels, annotations and taints: an optional DNS prefix and a name. */
export const isQualifiedName: NameCheck = (value) => {
  const parts = value.split('/');
  if (parts.length > 2) {
    return [
      regexError(
        "a valid label key must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
        QUALIFIED,
        ['MyName', 'my.name', '123-abc'],
      ).concat(" with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"),
    ];
  }
  const errors: string[] = [];
  const name = parts.at(-1) ?? '';
  const prefix = parts.length === 2 ? parts[0] : undefined;
  if (prefix === '') errors.push('prefix part must be non-empty');
  else if (prefix !== undefined) errors.push(...isDns1123Subdomain(prefix).map((error) => `prefix part ${error}`));
  if (name === '') errors.push('name part must be non-empty');
  else errors.push(...tooLong(name, 63).map((error) => `name part ${error}`));
  if (!matches(name, QUALIFIED)) {
    errors.push(
      `name part ${regexError(
        "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
        QUALIFIED,
        ['MyName', 'my.name', '123-abc'],
      )}`,
    );
  }
  return errors;
};

export const isLabelValue: NameCheck = (value) => {
  const errors = tooLong(value, 63);
  const pattern = `(${QUALIFIED})?`;
  if (matches(value, pattern)) return errors;
  return [
    ...errors,
    regexError(
      "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
      pattern,
      ['MyValue', 'my_value', '12345'],
    ),
  ];
};

export function isPortNumber(port: number): readonly string[] {
  return port >= 1 && port <= 65535 ? [] : ['must be between 1 and 65535, inclusive'];
}

function tooLong(value: string, most: number): string[] {
  return new TextEncoder().encode(value).length > most ? [`must be no more than ${most} bytes`] : [];
}

function matches(value: string, pattern: string): boolean {
  // Longer values are refused for their length already, and long ones are what makes a pattern slow.
  return value.length <= 1024 && new RegExp(`^(?:${pattern})$`).test(value);
}

function regexError(message: string, pattern: string, examples: readonly string[]): string {
  const quoted = examples.map((example) => `'${example}', `).join(' or ');
  return `${message} (e.g. ${quoted}regex used for validation is '${pattern}')`;
}
