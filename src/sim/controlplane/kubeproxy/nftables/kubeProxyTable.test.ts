import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { NftStatement, NftTable } from '../../../../datamodel/network/nftables.ts';
import { ipAddress, ipPrefix } from '../../../../wire/address.ts';
import type { EndpointInfo, ServicePortInfo } from '../servicePort.ts';
import { nftablesProxy } from './compileNftables.ts';
import type { NftConfig, NftNode } from './nftConfig.ts';

const CONFIG: NftConfig = {
  family: 'IPv4',
  masqueradeAll: false,
  masqueradeMark: 0x4000,
  randomFully: true,
  serviceCidrs: [ipPrefix('10.96.0.0/12')],
  nodePortAddresses: [],
};
const NODE: NftNode = {
  nodeName: 'a',
  zone: undefined,
  nodeIp: ipAddress('192.168.1.11'),
  localAddresses: ['127.0.0.1', '192.168.1.11', '10.244.0.1'].map(ipAddress),
  podPrefix: ipPrefix('10.244.0.0/16'),
};

const endpoint = fc
  .record({ last: fc.integer({ min: 1, max: 4 }), nodeName: fc.constantFrom('a', 'b'), ready: fc.boolean() })
  .map(({ last, nodeName, ready }): EndpointInfo => {
    const address = ipAddress(`10.244.0.${last}`);
    const rest = { serving: ready, terminating: false, zoneHints: [], nodeHints: [] };
    return { address, port: 8080, text: `${address}:8080`, nodeName, ready, ...rest };
  });
const external = fc.uniqueArray(fc.constantFrom('192.0.2.1', '192.0.2.2').map(ipAddress));
/** Ports of few Services with few addresses, so that some want the same keys; one name is longer than nftables takes. */
const services = fc
  .uniqueArray(fc.constantFrom('ns/one:http', 'ns/two', `ns/${'x'.repeat(230)}:http`), { minLength: 1 })
  .chain((names) =>
    fc.tuple(
      ...names.map((name, i) =>
        fc.record({
          name: fc.constant(name),
          protocol: fc.constantFrom('tcp' as const, 'udp' as const),
          clusterIp: fc.constant(ipAddress(`10.96.0.${i + 1}`)),
          port: fc.constant(80),
          nodePort: fc.constantFrom(0, 30_000 + i),
          externalIps: external,
          loadBalancerVips: external,
          sourceRanges: fc.constantFrom([], [ipPrefix('192.168.1.0/24')]),
          healthCheckNodePort: fc.constant(0),
          hinted: fc.constant(false),
          externalPolicyLocal: fc.boolean(),
          internalPolicyLocal: fc.boolean(),
          affinitySeconds: fc.constantFrom(undefined, 10_800),
          endpoints: fc.uniqueArray(endpoint, { selector: ({ text }) => text, maxLength: 4 }),
        }),
      ),
    ),
  )
  .map((list): readonly ServicePortInfo[] => list);

const table = (list: readonly ServicePortInfo[]): NftTable => nftablesProxy(list, CONFIG)(NODE);

describe('a table that is made when it is asked for', () => {
  it('finds by name and key what it lists, and nothing else', () => {
    fc.assert(
      fc.property(services, (list) => {
        const listed = table(list);
        const chains = [...listed.chains.values()];
        expect(new Set(chains.map(({ name }) => name)).size).toBe(chains.length);
        // Another table, of which nothing has been made yet.
        const asked = table(list);
        for (const chain of chains) expect(asked.chains.get(chain.name)).toEqual(chain);
        for (const set of listed.sets.values()) expect(asked.sets.get(set.name)?.type).toEqual(set.type);
        for (const map of listed.maps.values()) {
          for (const element of map.elements.values()) {
            expect(asked.maps.get(map.name)?.elements.get(element.key.join(' . '))).toEqual(element);
          }
          expect(asked.maps.get(map.name)?.elements.get('10.96.0.1 . tcp . 81')).toBeUndefined();
        }
        expect(asked.chains.get('service-AAAAAAAA-ns/one/tcp/http')).toBeUndefined();
      }),
      { numRuns: 60 },
    );
  });

  it('leads nowhere but to chains, maps and sets that it has', () => {
    fc.assert(
      fc.property(services, (list) => {
        const made = table(list);
        const check = (statement: NftStatement): void => {
          if (statement.type === 'vmap') expect(made.maps.get(statement.map)).toBeDefined();
          if (statement.type === 'update') expect(made.sets.get(statement.set)).toBeDefined();
          if (statement.type === 'address' && 'set' in statement.in)
            expect(made.sets.get(statement.in.set)).toBeDefined();
          const verdicts =
            statement.type === 'numgen' ? statement.verdicts : statement.type === 'verdict' ? [statement.verdict] : [];
          for (const verdict of verdicts) if ('chain' in verdict) expect(made.chains.get(verdict.chain)).toBeDefined();
        };
        for (const { rules } of made.chains.values()) for (const { statements } of rules) statements.forEach(check);
        for (const { elements } of made.maps.values()) {
          for (const { verdict } of elements.values()) {
            if ('chain' in verdict) expect(made.chains.get(verdict.chain)).toBeDefined();
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  it('gives every rule and element an id of its own', () => {
    fc.assert(
      fc.property(services, (list) => {
        const made = table(list);
        const ids = [
          ...[...made.chains.values()].flatMap(({ rules }) => rules.map(({ id }) => id)),
          ...[...made.maps.values()].flatMap(({ elements }) => [...elements.values()].map(({ id }) => id)),
          ...[...made.sets.values()].flatMap(({ elements }) => [...elements.values()].map(({ id }) => id)),
        ];
        expect(new Set(ids).size).toBe(ids.length);
      }),
      { numRuns: 30 },
    );
  });
});
