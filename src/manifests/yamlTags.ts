import type { ScalarTag } from 'yaml';

/**
 * Scalars that YAML 1.2's core schema reads as text but the API server's YAML 1.1 library does not.
 *
 * Sexagesimal numbers and timestamps stay text there, too. Source imitated: sigs.k8s.io/yaml, goyaml.v2/resolve.go.
 */
export const legacyTags: ScalarTag[] = [
  {
    tag: 'tag:yaml.org,2002:bool',
    default: true,
    test: /^(?:y|Y|yes|Yes|YES|on|On|ON)$/,
    resolve: () => true,
  },
  {
    tag: 'tag:yaml.org,2002:bool',
    default: true,
    test: /^(?:n|N|no|No|NO|off|Off|OFF)$/,
    resolve: () => false,
  },
  {
    tag: 'tag:yaml.org,2002:int',
    default: true,
    test: /^[-+]?0[0-7]+$/,
    resolve: (text) => signed(text, (digits) => Number.parseInt(digits, 8)),
  },
  {
    tag: 'tag:yaml.org,2002:int',
    default: true,
    test: /^[-+]?0b[01_]+$/,
    resolve: (text) => signed(text, (digits) => Number.parseInt(digits.slice(2).replaceAll('_', ''), 2)),
  },
];

function signed(text: string, read: (digits: string) => number): number {
  const value = read(text.replace(/^[-+]/, ''));
  return text.startsWith('-') ? -value : value;
}
