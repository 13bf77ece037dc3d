import { describe, expect, it } from 'vitest';
import { emitArp, parseArp } from './arp.ts';
import { transportChecksum, transportChecksumValid } from './checksum.ts';
import { EtherType, emitEthernet, parseEthernet } from './ethernet.ts';
import { emitEcho, emitIcmpError, Icmpv4View, isIcmpError, parseIcmpv4 } from './icmpv4.ts';
import { emitIpv4, IpProtocol, Ipv4View, parseIpv4 } from './ipv4.ts';
import { emitTcp, parseTcp, TcpView } from './tcp.ts';
import { linuxTcpOptions } from './tcpOption.ts';
import { emitUdp, parseUdp, UdpView } from './udp.ts';
import { emitVxlan, parseVxlan, VXLAN_PORT_LINUX } from './vxlan.ts';

// Frames that Linux 6.18 sent on veth and vxlan devices, checksum offload off.
const frames = {
  arpRequest: 'ffffffffffff0a580af40002080600010800060400010a580af400020af400020000000000000af40001',
  arpReply: '0a580af400020a580af40001080600010800060400020a580af400010af400010a580af400020af40002',
  echoRequest:
    '0a580af400010a580af40002080045000054f2044000400131b80af400020af401030800eeb712340001000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f3031323334353637',
  syn: '0a580af400010a580af4000208004500003c0d704000400616600af400020af401039c431f90383c966f00000000a002fd5c65040000020405820402080af60c4e55000000000103030a',
  synAck:
    '0a580af401010a580af4010308004500003c00004000400623d00af401030af400021f909c43bde65431383c9670a012fb34e7190000020405820402080a9e0acfdef60c4e550103030a',
  httpRequest:
    '0a580af400010a580af400020800450000510d724000400616490af400020af401039c431f90383c9670bde65432801800405b6b00000101080af60c4e569e0acfde474554202f20485454502f312e310d0a486f73743a207765620d0a0d0a',
  finAck:
    '0a580af401010a580af401030800450000349550400040068e870af401030af400021f909c43bde6547c383c968e8011003f104100000101080a9e0acfdff60c4e57',
  portUnreachable:
    '0a580af400020a580af40001080045c0005813f60000400150050af400010af40002030375e4000000004500003c87c540003f063b3e0af400020a6063639c7200502eab0bb800000000a002fd5c70ab0000020405820402080aa0dde96a000000000103030a',
  timeExceeded:
    '0a580af400020a580af40001080045c00070412c0000400122b70af400010af400020b00f4ff0000000045000054e812400001017aaa0af400020af401030800eeb712340001000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f3031323334353637',
  vxlanSyn:
    '0242c0a8010c0242c0a8010b08004500006ee715000040111002c0a8010bc0a8010cb6a42118005a4c4a08000000000001000ef1a00000020ef1a000000108004500003c0d7040003f0617600af400020af401039c431f90383c966f00000000a002fd5c65040000020405820402080af60c4e55000000000103030a',
};

/** Parses every header of a frame and writes all of it anew from the values alone. */
function reemitFrame(bytes: Uint8Array): Uint8Array {
  const fields = parseEthernet(bytes);
  const payload = bytes.subarray(14);
  return emitEthernet(fields, fields.etherType === EtherType.arp ? emitArp(parseArp(payload)) : reemitPacket(payload));
}

function reemitPacket(bytes: Uint8Array): Uint8Array {
  const ip = parseIpv4(bytes);
  const view = new Ipv4View(bytes);
  expect(view.checksumValid()).toBe(true);
  return emitIpv4(ip, reemitTransport(ip.protocol, view.payload(), ip));
}

function reemitTransport(protocol: number, bytes: Uint8Array, ip: ReturnType<typeof parseIpv4>): Uint8Array {
  if (protocol === IpProtocol.tcp) {
    expect(new TcpView(bytes).checksumValid(ip, bytes.length)).toBe(true);
    return emitTcp(parseTcp(bytes), bytes.subarray(new TcpView(bytes).payloadOffset), ip);
  }
  if (protocol === IpProtocol.udp) {
    const udp = parseUdp(bytes);
    expect(udp.destinationPort).toBe(VXLAN_PORT_LINUX);
    expect(new UdpView(bytes).checksumValid(ip)).toBe(true);
    const inner = reemitFrame(bytes.subarray(16));
    return emitUdp(udp, emitVxlan(parseVxlan(bytes, 8), inner), ip);
  }
  const icmp = parseIcmpv4(bytes);
  expect(new Icmpv4View(bytes).checksumValid(bytes.length)).toBe(true);
  if (isIcmpError(icmp.type)) {
    return emitIcmpError({ type: icmp.type, code: icmp.code }, reemitPacket(bytes.subarray(8)));
  }
  expect(icmp.type === 0 || icmp.type === 8).toBe(true);
  return emitEcho({ ...icmp, type: icmp.type === 8 ? 8 : 0 }, bytes.subarray(8));
}

describe('frames Linux sent, parsed to values and written from them again', () => {
  it.each(Object.entries(frames))('%s comes out byte for byte', (_, hex) => {
    expect(Buffer.from(reemitFrame(Buffer.from(hex, 'hex'))).toString('hex')).toBe(hex);
  });

  it.each(Object.entries(frames).filter(([name]) => !name.startsWith('arp')))(
    '%s carries the transport checksum this code computes',
    (_, hex) => {
      const packet = Buffer.from(hex, 'hex').subarray(14);
      expect(transportChecksumValid(packet)).toBe(true);
      const at = { 1: 22, 6: 36, 17: 26 }[packet[9] ?? 0] ?? -1;
      expect(transportChecksum(packet)).toBe(packet.readUInt16BE(at));
      packet[at] = (packet[at] ?? 0) ^ 0x10;
      expect(transportChecksumValid(packet)).toBe(false);
    },
  );

  it("lays a SYN's options out as Linux does", () => {
    const syn = parseTcp(Buffer.from(frames.syn, 'hex'), 34);
    expect(syn.options).toEqual(
      linuxTcpOptions({
        mss: 1410,
        sackPermitted: true,
        timestamps: { value: 0xf60c4e55, echo: 0 },
        windowScale: 10,
      }),
    );
    const data = parseTcp(Buffer.from(frames.httpRequest, 'hex'), 34);
    expect(data.options).toEqual(linuxTcpOptions({ timestamps: { value: 0xf60c4e56, echo: 0x9e0acfde } }));
  });

  it('decrements the TTL to exactly the header the next hop sent', () => {
    const before = Buffer.from(frames.syn, 'hex').subarray(14);
    new Ipv4View(before).decrementTtl();
    expect(before.subarray(0, 20).equals(Buffer.from(frames.vxlanSyn, 'hex').subarray(64, 84))).toBe(true);
  });
});
