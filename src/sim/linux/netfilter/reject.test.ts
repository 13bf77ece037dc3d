import { describe, expect, it } from 'vitest';
import type { RejectWith } from '../../../datamodel/network/netfilter.ts';
import { ipAddress, macAddress } from '../../../wire/address.ts';
import { transportChecksumValid } from '../../../wire/checksum.ts';
import { EtherType, emitEthernet, parseEthernet } from '../../../wire/ethernet.ts';
import { Ipv4View, parseIpv4 } from '../../../wire/ipv4.ts';
import { parseTcp } from '../../../wire/tcp.ts';
import { ACK, ipPacket, RST, SYN, SYN_ACK, tcpPacket, udpPacket } from './testing/packets.ts';
import { table, testKernel } from './testing/testKernel.ts';

const ends = { source: ipAddress('10.244.0.2'), destination: ipAddress('10.244.1.3') };

function rejecting(how: RejectWith, hook = 'FORWARD') {
  return testKernel({ tables: [table('filter', { [hook]: [`-j REJECT --reject-with ${how}`] })] });
}

describe('REJECT with an ICMP error [NF13]', () => {
  it.each([
    ['icmp-net-unreachable', 0],
    ['icmp-host-unreachable', 1],
    ['icmp-proto-unreachable', 2],
    ['icmp-port-unreachable', 3],
    ['icmp-net-prohibited', 9],
    ['icmp-host-prohibited', 10],
    ['icmp-admin-prohibited', 13],
  ] as const)('%s is code %i', (how, code) => {
    const node = rejecting(how);
    expect(node.through(node.packet(tcpPacket(ends, {})), 'FORWARD', 'cni0', 'eth0')).toBe('drop');
    expect(node.sent.errors).toEqual([{ type: 3, code }]);
    const steps = node.steps();
    expect(steps.map((step) => step.type)).toEqual(['rule', 'hook', 'drop']);
    expect(steps.at(-1)).toMatchObject({ icmp: { type: 3, code }, entry: { id: 'filter FORWARD 1' } });
  });

  it('says nothing of a later fragment or of a damaged packet', () => {
    const node = rejecting('icmp-port-unreachable');
    const fragment = ipPacket(ends, 17, new Uint8Array(64), { fragmentOffset: 1480 });
    expect(node.through(node.packet(fragment), 'FORWARD', 'cni0', 'eth0')).toBe('drop');
    const damaged = udpPacket(ends, 1, 2);
    damaged[damaged.length - 1]! ^= 1;
    expect(node.through(node.packet(damaged), 'FORWARD', 'cni0', 'eth0')).toBe('drop');
    expect(node.sent.errors).toEqual([]);
    expect(node.steps().at(-1)).not.toHaveProperty('icmp');
  });
});

describe('REJECT with a reset [NF14]', () => {
  function reset(flags: number, acknowledgement: number, payload = 0) {
    const node = rejecting('tcp-reset');
    const segment = { sourcePort: 40_000, destinationPort: 80, sequence: 0xffff_fffe, acknowledgement, flags };
    const verdict = node.through(
      node.packet(tcpPacket(ends, segment, new Uint8Array(payload))),
      'FORWARD',
      'cni0',
      'eth0',
    );
    return { node, verdict, skb: node.sent.local[0] };
  }

  it('answers a SYN with RST ACK of the next number, as if the addressee had', () => {
    const { verdict, skb } = reset(SYN, 0);
    expect(verdict).toBe('drop');
    const bytes = skb!.bytes;
    expect(parseIpv4(bytes)).toMatchObject({
      source: ends.destination,
      destination: ends.source,
      identification: 0,
      dontFragment: true,
      ttl: 64,
      tos: 0,
    });
    expect(parseTcp(bytes, 20)).toEqual({
      sourcePort: 80,
      destinationPort: 40_000,
      sequence: 0,
      acknowledgement: 0xffff_ffff,
      flags: 0x14,
      window: 0,
      options: [],
    });
    expect(transportChecksumValid(bytes)).toBe(true);
    expect(new Ipv4View(bytes).checksumValid()).toBe(true);
  });

  it('answers a segment that acknowledges with the number it acknowledged, and data with their end', () => {
    expect(parseTcp(reset(ACK, 777, 10).skb!.bytes, 20)).toMatchObject({
      sequence: 777,
      acknowledgement: 0,
      flags: RST,
    });
    expect(parseTcp(reset(SYN, 0, 10).skb!.bytes, 20)).toMatchObject({ sequence: 0, acknowledgement: 9, flags: 0x14 });
  });

  it('never answers a reset, nor what is not TCP', () => {
    expect(reset(RST, 0).skb).toBeUndefined();
    const node = rejecting('tcp-reset');
    node.through(node.packet(udpPacket(ends, 1, 2)), 'FORWARD', 'cni0', 'eth0');
    expect(node.sent.local).toEqual([]);
  });

  it('is caused by the refused packet, and recorded as made by the kernel', () => {
    const { node } = reset(SYN, 0);
    const [refused, answer] = node.recorder.finish();
    expect(refused?.disposition.type).toBe('dropped');
    expect(answer).toMatchObject({ label: 'RST', role: 'reply', origin: { type: 'caused', trace: 0 } });
    expect(answer?.hops[0]?.steps[0]).toMatchObject({ type: 'originate', by: 'kernel' });
  });

  it('belongs to the refused connection, so that nat makes it come from the addressed end [NF14]', () => {
    const node = testKernel({
      tables: [
        table('nat', { PREROUTING: ['-j DNAT --to-destination 10.244.1.3:8080'] }),
        table('filter', { FORWARD: ['-j REJECT --reject-with tcp-reset'] }),
      ],
    });
    const vip = ipAddress('10.96.42.10');
    const skb = node.packet(tcpPacket({ source: ends.source, destination: vip }, { destinationPort: 80 }));
    node.through(skb, 'PREROUTING', 'cni0');
    expect(node.through(skb, 'FORWARD', 'cni0', 'flannel.1')).toBe('drop');
    const answer = node.sent.local[0]!;
    expect(new Ipv4View(answer.bytes).source).toBe('10.244.1.3');
    expect(answer.meta).toMatchObject({ connectionState: 'RELATED', connectionReply: true });
    node.through(answer, 'OUTPUT', undefined, 'cni0');
    node.through(answer, 'POSTROUTING', undefined, 'cni0');
    expect(new Ipv4View(answer.bytes).source).toBe(vip);
    expect(parseTcp(answer.bytes, 20)).toMatchObject({ sourcePort: 80, destinationPort: 40_000 });
    expect(transportChecksumValid(answer.bytes)).toBe(true);
    expect(node.kernel.connections.size).toBe(0);
  });

  it('leaves a bridge by the port that the refused frame came in by', () => {
    const node = rejecting('tcp-reset');
    const frame = { destination: macAddress('0a:58:0a:f4:00:03'), source: macAddress('0a:58:0a:f4:00:02') };
    const bytes = emitEthernet({ ...frame, etherType: EtherType.ipv4 }, tcpPacket(ends, {}));
    const skb = node.packet(bytes, {
      pass: 'bridge',
      bridge: { bridge: 'cni0', port: 'veth1a', preroutingDone: true },
    });
    skb.link = 'ethernet';
    expect(node.through(skb, 'FORWARD', 'cni0', 'cni0')).toBe('drop');
    expect(node.sent.local).toEqual([]);
    const { skb: answer, link } = node.sent.frames[0]!;
    expect(link).toBe('veth1a');
    expect(parseEthernet(answer.bytes)).toEqual({
      destination: frame.source,
      source: frame.destination,
      etherType: EtherType.ipv4,
    });
    expect(parseTcp(answer.bytes, 34).flags).toBe(RST | ACK);
  });

  it('closes a connection that was established', () => {
    const node = testKernel({
      tables: [
        table('filter', {
          FORWARD: ['-m mark --mark 0x1 -j REJECT --reject-with tcp-reset', '-m conntrack --ctstate NEW -j ACCEPT'],
        }),
      ],
    });
    const pass = (bytes: Uint8Array, mark = 0) => {
      const skb = node.packet(bytes, { mark });
      node.through(skb, 'PREROUTING', 'cni0');
      if (node.through(skb, 'FORWARD', 'cni0', 'eth0') === 'accept') node.through(skb, 'POSTROUTING', 'cni0', 'eth0');
    };
    const back = { source: ends.destination, destination: ends.source };
    pass(tcpPacket(ends, { sequence: 1 }));
    pass(tcpPacket(back, { sourcePort: 80, destinationPort: 40_000, sequence: 9, acknowledgement: 2, flags: SYN_ACK }));
    pass(tcpPacket(ends, { sequence: 2, acknowledgement: 10, flags: ACK }), 1);
    expect([...node.kernel.connections.values()][0]?.tcpState).toBe('CLOSE');
    expect(node.sent.local).toHaveLength(1);
  });
});
