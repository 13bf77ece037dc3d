import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type IpAddress, ipPrefix } from '../../../../wire/address.ts';
import { Ipamd, type IpamdConfig } from './ipamd.ts';
import { VpcSubnet } from './vpcSubnet.ts';

const COOLDOWN = 30;

const settings = fc.record({
  enis: fc.integer({ min: 1, max: 4 }),
  ipv4PerEni: fc.integer({ min: 2, max: 6 }),
  warmEnis: fc.integer({ min: 0, max: 2 }),
  warm: fc.integer({ min: 0, max: 4 }),
  minimum: fc.integer({ min: 0, max: 8 }),
  prefixDelegation: fc.boolean(),
  customNetworking: fc.boolean(),
  length: fc.integer({ min: 24, max: 27 }),
});

const event = fc.oneof(
  fc.record({ type: fc.constant('add' as const) }),
  fc.record({ type: fc.constant('delete' as const), which: fc.nat(30) }),
  fc.record({ type: fc.constant('wait' as const), seconds: fc.integer({ min: 0, max: 70 }) }),
  fc.record({ type: fc.constant('restart' as const) }),
);

type Settings = typeof settings extends fc.Arbitrary<infer T> ? T : never;

function configOf(given: Settings): IpamdConfig {
  const subnet = new VpcSubnet({ ...ipPrefix('10.0.0.0/16'), length: given.length });
  return {
    limits: { enis: given.enis, ipv4PerEni: given.ipv4PerEni },
    targets: { enis: given.warmEnis, addresses: given.warm, minimum: given.minimum, prefixes: 1 },
    prefixDelegation: given.prefixDelegation,
    customNetworking: given.customNetworking,
    maxPods: 110,
    cooldown: COOLDOWN,
    subnets: { node: subnet, pods: subnet },
  };
}

describe('ipamd, whatever comes and goes', () => {
  it('gives no address twice, none before it has rested, none of an interface’s own, and forgets nothing by a restart', () => {
    fc.assert(
      fc.property(settings, fc.array(event, { maxLength: 60 }), (given, events) => {
        const config = configOf(given);
        let ipamd = new Ipamd(config);
        let now = 0;
        let made = 0;
        const pods = new Map<string, IpAddress>();
        const freed = new Map<IpAddress, number>();
        ipamd.settle(now);
        for (const each of events) {
          if (each.type === 'wait') now += each.seconds;
          else if (each.type === 'restart') ipamd = new Ipamd(config, ipamd.checkpoint);
          else if (each.type === 'delete') {
            const owner = [...pods.keys()][each.which];
            if (owner !== undefined) {
              expect(ipamd.pool.unassign(owner, now)).toBe(pods.get(owner));
              freed.set(pods.get(owner) as IpAddress, now);
              pods.delete(owner);
            }
          } else {
            const owner = `pod-${made++}`;
            const address = ipamd.pool.assign(owner, now)?.address;
            if (address !== undefined) {
              expect([...pods.values()]).not.toContain(address);
              expect(now - (freed.get(address) ?? Number.NEGATIVE_INFINITY)).toBeGreaterThan(COOLDOWN);
              expect(ipamd.pool.enis.map((eni) => eni.address)).not.toContain(address);
              pods.set(owner, address);
            }
          }
          ipamd.settle(now);
          expect(ipamd.pool.enis.length).toBeLessThanOrEqual(given.enis);
          for (const eni of ipamd.pool.enis) {
            expect(eni.cidrs.length).toBeLessThanOrEqual(given.ipv4PerEni - 1);
            if (given.customNetworking && eni.primary) expect(eni.cidrs).toEqual([]);
          }
          expect(ipamd.pool.stats(now).assigned).toBe(pods.size);
          for (const [owner, address] of pods) expect(ipamd.pool.assign(owner, now)?.address).toBe(address);
        }
      }),
    );
  });
});
