import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { IpSetMember } from '../../../../datamodel/network/ipset.ts';
import type { IpFamily } from '../../../../wire/address.ts';
import { familyOf, ipAddress, ipPrefix } from '../../../../wire/address.ts';
import { servicesOf, type UpstreamCase } from '../../testing/upstreamCases.ts';
import { ipvsProxy } from './compileIpvs.ts';

/** One of upstream's IPVS proxier tests: objects, one node, and what is in the kernel afterwards. */
interface StateCase extends Pick<UpstreamCase, 'services' | 'endpointSlices' | 'ipFamily'> {
  readonly test: string;
  readonly nodeName: string;
  readonly nodeIPs: readonly string[];
  readonly nodePortAddresses: readonly string[];
  readonly scheduler: string;
  readonly expected: {
    readonly virtualServers: readonly {
      readonly address: string;
      readonly port: number;
      readonly protocol: string;
      readonly scheduler: string;
      readonly realServers: readonly { readonly address: string; readonly port: number; readonly weight: number }[];
    }[];
    readonly ipsets?: Readonly<Record<string, readonly { ip: string; port: number; protocol: string; type: string }[]>>;
    readonly natChains?: Readonly<Record<string, readonly ExpectedRule[]>>;
  };
}

interface ExpectedRule {
  readonly jump: string;
  readonly matchSet: string;
  /** Absent: nat. */
  readonly table?: string;
}

const text = readFileSync(new URL('../../fixtures/ipvsState.json', import.meta.url), 'utf8');
const cases: readonly StateCase[] = JSON.parse(text);

describe.each(cases)('$test', (upstream) => {
  const { expected } = upstream;
  const result = compiled(upstream);

  it('virtual servers with their real servers', () => {
    const servers = result.virtualServers.map(({ address, port, protocol, scheduler, realServers }) => ({
      address,
      port,
      protocol: protocol.toUpperCase(),
      scheduler,
      realServers: realServers.map((real) => ({ address: real.address, port: real.port, weight: real.weight })),
    }));
    const byAddress = (list: readonly { readonly address: string; readonly port: number }[]) =>
      list.toSorted((a, b) => `${a.address} ${a.port}`.localeCompare(`${b.address} ${b.port}`));
    expect(byAddress(servers)).toEqual(byAddress(expected.virtualServers));
  });

  it.each(Object.entries(expected.ipsets ?? {}))('%s', (name, entries) => {
    const set = result.ipsets.find((each) => each.name === name);
    const members = (set?.members ?? []).map((member: IpSetMember) => ({
      ip: member.address,
      port: member.port,
      protocol: member.protocol,
      type: set?.type,
    }));
    expect(members).toEqual(entries);
  });

  it.each(Object.entries(expected.natChains ?? {}))('rules of %s', (chain, rules) => {
    for (const name of ['nat', 'filter']) {
      const written = result.tables.find(({ table }) => table === name)?.chains.find((each) => each.name === chain);
      const ours = (written?.rules ?? []).map(({ matches, target }) => ({
        jump: target.type === 'jump' ? target.chain : target.type,
        matchSet: matches.flatMap((match) => (match.type === 'set' ? [match.name] : []))[0],
      }));
      const theirs = rules.filter(({ table = 'nat' }) => table === name);
      expect(ours).toEqual(theirs.map(({ jump, matchSet }) => ({ jump, matchSet })));
    }
  });
});

function compiled(upstream: StateCase) {
  const family: IpFamily = upstream.ipFamily;
  const addresses = upstream.nodeIPs.map(ipAddress).filter((address) => familyOf(address) === family);
  return ipvsProxy(servicesOf(upstream), {
    family,
    masqueradeAll: false,
    masqueradeMark: 0x4000,
    randomFully: true,
    nodePortAddresses: upstream.nodePortAddresses.map(ipPrefix),
    nodePortPrimary: false,
    scheduler: upstream.scheduler,
  })({
    nodeName: upstream.nodeName,
    zone: undefined,
    nodeIp: addresses[0] ?? ipAddress('192.168.0.1'),
    localAddresses: addresses,
    podPrefix: undefined,
  });
}
