import { describe, expect, it } from 'vitest';
import type { DnsZone } from '../../../datamodel/network/listener.ts';
import { ipAddress } from '../../../wire/address.ts';
import { type DnsMessage, DnsRcode } from '../../../wire/dns.ts';
import { DnsType } from '../../../wire/dnsRecord.ts';
import { answer } from './dnsServer.ts';

const zone: DnsZone = {
  domain: 'cluster.local',
  addresses: new Map([['web.default.svc.cluster.local', [ipAddress('10.96.0.80'), ipAddress('fd00:10:96::80')]]]),
  aliases: new Map([
    ['alias.default.svc.cluster.local', 'web.default.svc.cluster.local'],
    ['outside.default.svc.cluster.local', 'db.example.com'],
    ['here.default.svc.cluster.local', 'there.default.svc.cluster.local'],
    ['there.default.svc.cluster.local', 'here.default.svc.cluster.local'],
  ]),
  ttl: 30,
};

function ask(name: string, type: number): DnsMessage {
  const query = { id: 1, response: false, authoritative: false, recursionDesired: true, recursionAvailable: false };
  return answer({ ...query, rcode: DnsRcode.noError, questions: [{ name, type }], answers: [] }, zone);
}

const said = ({ answers }: DnsMessage): readonly string[] =>
  answers.map(({ name, address, target }) => `${name} ${address ?? target}`);

describe('the name server', () => {
  it('answers A with IPv4 addresses and AAAA with IPv6 ones', () => {
    expect(said(ask('web.default.svc.cluster.local', DnsType.a))).toEqual(['web.default.svc.cluster.local 10.96.0.80']);
    expect(said(ask('web.default.svc.cluster.local', DnsType.aaaa))).toEqual([
      'web.default.svc.cluster.local fd00:10:96::80',
    ]);
  });

  it('answers for an ExternalName with its CNAME, and what the zone knows of the target', () => {
    expect(said(ask('alias.default.svc.cluster.local', DnsType.a))).toEqual([
      'alias.default.svc.cluster.local web.default.svc.cluster.local',
      'web.default.svc.cluster.local 10.96.0.80',
    ]);
    expect(said(ask('outside.default.svc.cluster.local', DnsType.a))).toEqual([
      'outside.default.svc.cluster.local db.example.com',
    ]);
  });

  it('does not follow names in circles for ever', () => {
    expect(said(ask('here.default.svc.cluster.local', DnsType.a))).toHaveLength(8);
  });

  it('knows that a name without the asked type exists', () => {
    expect(ask('web.default.svc.cluster.local', DnsType.txt)).toMatchObject({ rcode: DnsRcode.noError, answers: [] });
    expect(ask('nobody.default.svc.cluster.local', DnsType.a).rcode).toBe(DnsRcode.nameError);
  });
});
