import { describe, expect, it } from 'vitest';
import { ipAddress } from '../../../wire/address.ts';
import { emitEcho, emitIcmpError } from '../../../wire/icmpv4.ts';
import { emitIpv4, Ipv4View } from '../../../wire/ipv4.ts';
import type { Skb } from '../skb.ts';
import {
  address,
  loopback,
  namespace,
  permanent,
  type SmallWorld,
  smallWorld,
  udpPacket,
  veth,
} from '../testing/world.ts';
import { icmpSend } from './icmpSend.ts';

const host = namespace('host', {
  links: [loopback, veth('eth0', 2, '02:00:00:00:00:01', 'other|eth0'), veth('eth1', 3, '02:00:00:00:00:03', 'o|e')],
  addresses: [address('10.0.0.1/24 eth0'), address('10.1.0.1/24 eth1')],
  neighbors: [permanent('eth0', '10.0.0.2', '02:00:00:00:00:02')],
});
const other = namespace('other', { links: [loopback, veth('eth0', 2, '02:00:00:00:00:02', 'host|eth0')] });

function received(small: SmallWorld, packet: Uint8Array): Skb {
  const skb = small.skb(packet, 'ip');
  skb.meta.inputDevice = 'eth0';
  return skb;
}

function send(packet: Uint8Array, change: Partial<Skb['meta']> = {}): { sent: boolean; answer: Ipv4View | undefined } {
  const small = smallWorld(host, other);
  const skb = received(small, packet);
  Object.assign(skb.meta, change);
  const sent = icmpSend(small.kernel('host'), skb, { type: 3, code: 3 });
  const out = small.captures().find(({ direction }) => direction === 'out');
  return { sent, answer: out && new Ipv4View(out.bytes, 14) };
}

describe('an ICMP error', () => {
  it('[IC1] has TTL 64, TOS 0xc0 and the asked TOS, DF clear, an id, and at most 576 bytes', () => {
    const { answer } = send(udpPacket('10.0.0.2', '10.0.0.1', 2000, { tos: 0x1e, dontFragment: true }));
    expect(answer).toMatchObject({ ttl: 64, tos: 0xde, dontFragment: false, totalLength: 576 });
    expect(answer?.identification).not.toBe(0);
    expect(answer?.checksumValid()).toBe(true);
  });

  it('[IC2] comes from the address that was asked, if that is this host’s, else from the way back', () => {
    expect(send(udpPacket('10.0.0.2', '10.1.0.1', 9)).answer?.source).toBe('10.1.0.1');
    expect(send(udpPacket('10.0.0.2', '8.8.8.8', 9)).answer?.source).toBe('10.0.0.1');
  });

  it('[IC2] goes to this host’s own sender over lo', () => {
    const small = smallWorld(host, other);
    const skb = small.skb(udpPacket('10.0.0.1', '8.8.8.8', 9), 'ip');
    expect(icmpSend(small.kernel('host'), skb, { type: 3, code: 1 })).toBe(true);
    small.run();
    expect(small.taps()).toEqual(['host lo out', 'host lo in']);
  });

  it('[IC3] is not sent about a broadcast, a later fragment or another error, but about an echo', () => {
    expect(send(udpPacket('10.0.0.2', '10.0.0.255', 9)).sent).toBe(false);
    expect(send(udpPacket('10.0.0.2', '10.0.0.1', 9), { packetType: 'broadcast' }).sent).toBe(false);
    expect(send(udpPacket('10.0.0.2', '10.0.0.1', 9, { fragmentOffset: 8 })).sent).toBe(false);
    const icmp = (body: Uint8Array): Uint8Array => {
      const shape = {
        tos: 0,
        identification: 1,
        dontFragment: false,
        moreFragments: false,
        fragmentOffset: 0,
        ttl: 64,
      };
      return emitIpv4(
        { ...shape, protocol: 1, source: ipAddress('10.0.0.2'), destination: ipAddress('10.0.0.1') },
        body,
      );
    };
    const quote = udpPacket('10.0.0.1', '10.0.0.2', 9);
    expect(send(icmp(emitIcmpError({ type: 3, code: 1 }, quote))).sent).toBe(false);
    expect(send(icmp(emitEcho({ type: 8, identifier: 1, sequence: 1 }))).sent).toBe(true);
  });

  it('[IC4] is sent six times at once and then once a second, but for path MTU discovery', () => {
    const small = smallWorld(host, other);
    const kernel = small.kernel('host');
    const about = (): Skb => received(small, udpPacket('10.0.0.2', '10.0.0.1', 9));
    const burst = Array.from({ length: 8 }, () => icmpSend(kernel, about(), { type: 3, code: 3 }));
    expect(burst).toEqual([true, true, true, true, true, true, false, false]);
    expect(icmpSend(kernel, about(), { type: 3, code: 4, nextHopMtu: 1400 })).toBe(true);
    small.world.queue.schedule(1e9, () => expect(icmpSend(kernel, about(), { type: 3, code: 3 })).toBe(true));
    small.run();
  });
});
