import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { endpointNameBase, pathOf, serviceNameBase, servicePath } from './names.ts';

interface NameCase {
  readonly mode: string;
  readonly kind: 'service' | 'endpoint';
  readonly namespace: string;
  readonly service: string;
  readonly portName: string;
  readonly protocol: string;
  readonly endpoint: string;
  readonly expected: Readonly<Record<string, string>>;
}

const cases: readonly NameCase[] = JSON.parse(
  readFileSync(new URL('../../fixtures/chainNames.json', import.meta.url), 'utf8'),
).filter(({ mode }: NameCase) => mode === 'nftables');
const of = (kind: NameCase['kind']): readonly NameCase[] => cases.filter((known) => known.kind === kind);
const portName = ({ namespace, service, portName: port }: NameCase): string =>
  `${namespace}/${service}${port === '' ? '' : `:${port}`}`;

describe('names of chains and sets', () => {
  it.each(of('service'))('of $namespace/$service:$portName', (known) => {
    const base = serviceNameBase(portName(known), known.protocol);
    const { cluster, local, external, firewall } = known.expected;
    expect([cluster, local, external, firewall]).toEqual(
      ['service', 'local', 'external', 'firewall'].map((prefix) => `${prefix}-${base}`),
    );
  });

  it.each(of('endpoint'))('of $namespace/$service:$portName at $endpoint', (known) => {
    const [address = '', port] = known.endpoint.split(':');
    const base = endpointNameBase(portName(known), known.protocol, address, Number(port));
    expect(known.expected).toEqual({ endpoint: `endpoint-${base}`, affinitySet: `affinity-${base}` });
  });

  it('write an IPv6 address with dots', () => {
    expect(endpointNameBase('ns1/svc1:p80', 'tcp', 'fd00::1', 80)).toMatch(
      /^[A-Z2-7]{8}-ns1\/svc1\/tcp\/p80__fd00\.\.1\/80$/,
    );
  });

  it('end in dots where they would be longer than 240 characters', () => {
    const part = 'x'.repeat(63);
    const name = endpointNameBase(`${part}/${part}:${part}`, 'sctp', 'fd00:1111:2222:3333:4444:5555:6666:7777', 65_535);
    expect(name).toHaveLength(240);
    expect(name.endsWith('...')).toBe(true);
    expect(pathOf(`endpoint-${name}`)).toBeUndefined();
  });

  it('can be read back', () => {
    const path = servicePath('ns1/svc1', 'udp');
    expect(path).toBe('ns1/svc1/udp/');
    expect(pathOf(`service-${serviceNameBase('ns1/svc1', 'udp')}`)).toBe(path);
    expect(pathOf('mark-for-masquerade')).toBeUndefined();
  });
});
