import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { endpointChainName, serviceChainNames } from './chainNames.ts';
import { probability } from './iptables/endpointRules.ts';

interface NameCase {
  readonly mode: string;
  readonly kind: string;
  readonly namespace: string;
  readonly service: string;
  readonly portName: string;
  readonly protocol: string;
  readonly endpoint: string;
  readonly n: number;
  readonly expected: string | Readonly<Record<string, string>>;
}

const cases: readonly NameCase[] = JSON.parse(
  readFileSync(new URL('../fixtures/chainNames.json', import.meta.url), 'utf8'),
);
const of = (kind: NameCase['kind']): readonly NameCase[] =>
  cases.filter((known) => known.mode === 'iptables' && known.kind === kind);
const portName = (known: NameCase): string =>
  `${known.namespace}/${known.service}${known.portName === '' ? '' : `:${known.portName}`}`;

describe('chain names', () => {
  it.each(of('service'))('of $namespace/$service:$portName', (known) => {
    expect(serviceChainNames(portName(known), known.protocol)).toEqual(expect.objectContaining(known.expected));
  });

  it.each(of('endpoint'))('of $namespace/$service:$portName at $endpoint', (known) => {
    expect(endpointChainName(portName(known), known.protocol, known.endpoint)).toBe(known.expected);
  });

  it.each(of('probability'))('probability of one in $n', ({ n, expected }) => {
    expect(probability(n).toFixed(10)).toBe(expected);
  });
});
