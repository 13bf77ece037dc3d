import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ipAddress, macAddress } from './address.ts';
import { MORE_DISSECTORS } from './dissect/moreDissectors.ts';
import { emitDns } from './dns.ts';
import { DnsType } from './dnsRecord.ts';
import { EtherType, emitEthernet } from './ethernet.ts';
import type { Ipv4Fields } from './ipv4.ts';
import { emitIpv4, IpProtocol } from './ipv4.ts';
import type { Layer } from './layers.ts';
import { dissect, installDissectors } from './layers.ts';
import { emitTcp } from './tcp.ts';
import { emitUdp } from './udp.ts';
import { emitVxlan } from './vxlan.ts';

installDissectors(MORE_DISSECTORS);

const source = ipAddress('10.244.1.23');
const destination = ipAddress('10.244.2.47');
const addresses = { source, destination };
const ip: Ipv4Fields = {
  tos: 0,
  identification: 1,
  dontFragment: false,
  moreFragments: false,
  fragmentOffset: 0,
  ttl: 64,
  protocol: IpProtocol.udp,
  source,
  destination,
};
const ethernet = {
  destination: macAddress('0a:58:0a:f4:01:01'),
  source: macAddress('0a:58:0a:f4:01:17'),
  etherType: EtherType.ipv4,
};
const tcp = {
  sourcePort: 40003,
  destinationPort: 8080,
  sequence: 1,
  acknowledgement: 2,
  flags: 0x18,
  window: 64,
  options: [],
};
const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);
const fromHex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'));
const udpFrame = (payload: Uint8Array, port = 9): Uint8Array =>
  emitEthernet(ethernet, emitIpv4(ip, emitUdp({ sourcePort: 40000, destinationPort: port }, payload, addresses)));
const value = (layer: Layer | undefined, path: string): string | undefined =>
  layer?.fields.find((field) => field.path === path)?.value;

/** Checks the promise of `dissect`: headers follow each other over all bytes, fields over their header, bit by bit. */
function expectCovered(bytes: Uint8Array, layers: readonly Layer[]): void {
  let at = 0;
  for (const layer of layers) {
    expect(layer.offset).toBe(at);
    expect(layer.headerLength).toBeGreaterThan(0);
    expect(layer.length).toBeGreaterThanOrEqual(layer.headerLength);
    expect(layer.offset + layer.length).toBeLessThanOrEqual(bytes.length);
    let bit = 8 * at;
    for (const field of layer.fields) {
      expect(8 * field.offset + (field.bitOffset ?? 0)).toBe(bit);
      const bits = field.bitLength ?? 8 * field.length;
      expect(field.length).toBe(Math.ceil(((field.bitOffset ?? 0) + bits) / 8));
      bit += bits;
    }
    at += layer.headerLength;
    expect(bit).toBe(8 * at);
    expect(new Set(layer.fields.map((field) => field.path)).size).toBe(layer.fields.length);
  }
  expect(at).toBe(bytes.length);
}

function dissectCovered(bytes: Uint8Array, link: 'ethernet' | 'ip' = 'ethernet'): Layer[] {
  const layers = dissect(bytes, link);
  expectCovered(bytes, layers);
  return layers;
}

const vxlanSyn = fromHex(
  '0242c0a8010c0242c0a8010b08004500006ee715000040111002c0a8010bc0a8010cb6a42118005a4c4a08000000000001000ef1a00000020ef1a000000108004500003c0d7040003f0617600af400020af401039c431f90383c966f00000000a002fd5c65040000020405820402080af60c4e55000000000103030a',
);
const portUnreachable = fromHex(
  '0a580af400020a580af40001080045c0005813f60000400150050af400010af40002030375e4000000004500003c87c540003f063b3e0af400020a6063639c7200502eab0bb800000000a002fd5c70ab0000020405820402080aa0dde96a000000000103030a',
);
// Linux 6.1 sent these.
const geneveSyn =
  '0242c0a8010c0242c0a8010b08004500006ee184000040111593c0a8010bc0a8010c58d817c1005a000000006558000007000ef1a00000020ef1a000000108004500003c320540003f06f2ca0af400020af401039c431f90a9f87b9f00000000a002fd5c80420000020405820402080aeae3e7560000000001030307';
const ipipSyn =
  '0242c0a8010c0242c0a8010b0800450000502a6240003f048de0c0a8010bc0a8010c4500003caf1940003f0675b60af400020af401039c431f90f681b1d800000000a002fd20bc990000020405a00402080aeae528590000000001030307';
const wireguardInitiation =
  '0242c0a8010c0242c0a8010b0800458800b0a3840000401152c9c0a8010bc0a8010cca6cca6c009c6f3c010000000ee037155358d44e8ee08343381dd65d2a811b3d1af3c0a805706ee9bd65873b1457e5062948454ea13d4496c833142cd567068e0ae91e7a6732ec11706af9e318c50eab5f679eddc547279ffdc6d82a07405bd1e717f54fcb382d816f41ad9928d9e39818ed4ba96182bb5e0163aa90b7cf1a69e9f8d4507c63454cbc6c9a7b00000000000000000000000000000000';
const wireguardData =
  '0242c0a8010c0242c0a8010b08004500009ca385000040115364c0a8010bc0a8010cca6cca6c0088d0de0400000068065e8900000000000000003945b24891ee3f519fd2969f3a6425f212167625f755e94b9e5c1284c57cfaa0efd2773a095819a1a4eca03d8f244e3069bbe96e79207c827f941052683da66a96b145987c1e28593a616eccf68135a862a8e162f6552e188704c6e89db2622803e94149c5dbe22daacb9a990f1b3bc3';
const arpReply = fromHex('0a580af400020a580af40001080600010800060400020a580af400010af400010a580af400020af40002');

describe('dissect', () => {
  it('opens a tunnel down to the SYN inside', () => {
    const layers = dissectCovered(vxlanSyn);
    expect(layers.map(({ protocol, depth }) => `${protocol} ${depth}`)).toEqual([
      'Ethernet 0',
      'IPv4 0',
      'UDP 0',
      'VXLAN 0',
      'Ethernet 1',
      'IPv4 1',
      'TCP 1',
    ]);
    expect(layers.map(({ summary }) => summary)).toEqual([
      '02:42:c0:a8:01:0b → 02:42:c0:a8:01:0c',
      '192.168.1.11 → 192.168.1.12 UDP, TTL 64',
      '46756 → 8472, 82 bytes',
      'VNI 1',
      '0e:f1:a0:00:00:01 → 0e:f1:a0:00:00:02',
      '10.244.0.2 → 10.244.1.3 TCP, TTL 63',
      '40003 → 8080 SYN',
    ]);
    expect(value(layers[2], 'udp.checksum')).toBe('0x4c4a (correct)');
    expect(value(layers[6], 'tcp.checksum')).toBe('0x6504 (correct)');
    expect(value(layers[6], 'tcp.option.mss')).toBe('1410 bytes');
    expect(value(layers[6], 'tcp.option.windowScale')).toBe('10 (× 1024)');
    expect(layers.every(({ quoted, note }) => !quoted && note === undefined)).toBe(true);
  });

  it('opens Geneve and IP in IP alike', () => {
    const inside = ['IPv4 1', 'TCP 1'];
    const kinds = (hex: string): readonly string[] =>
      dissectCovered(fromHex(hex)).map(({ protocol, depth }) => `${protocol} ${depth}`);
    expect(kinds(geneveSyn)).toEqual(['Ethernet 0', 'IPv4 0', 'UDP 0', 'Geneve 0', 'Ethernet 1', ...inside]);
    expect(kinds(ipipSyn)).toEqual(['Ethernet 0', 'IPv4 0', ...inside]);
    expect(value(dissect(fromHex(geneveSyn), 'ethernet')[3], 'geneve.vni')).toBe('7');
  });

  it('tells WireGuard’s messages apart and opens none', () => {
    const told = (hex: string): readonly string[] => {
      const layers = dissectCovered(fromHex(hex)).slice(3);
      return layers.map(({ protocol, summary, note = '' }) => `${protocol} ${summary} ${note}`);
    };
    expect(told(wireguardInitiation)).toEqual(['WireGuard handshake initiation ']);
    expect(told(wireguardData)).toEqual([
      'WireGuard data, counter 0 ',
      'Data 112 bytes an encrypted packet of 96 bytes, and its tag',
    ]);
  });

  it('marks what an ICMP error quotes', () => {
    const layers = dissectCovered(portUnreachable);
    expect(layers.map(({ protocol, quoted }) => `${protocol} ${quoted}`)).toEqual([
      'Ethernet false',
      'IPv4 false',
      'ICMP false',
      'IPv4 true',
      'TCP true',
    ]);
    expect(layers[2]?.summary).toBe('Destination unreachable: port unreachable');
    expect(value(layers[1], 'ipv4.dscp')).toBe('48 (CS6)');
    expect(value(layers[2], 'icmp.checksum')).toBe('0x75e4 (correct)');
    expect(value(layers[4], 'tcp.checksum')).toBe('0x70ab (not checked: bytes are missing)');
  });

  it('reads a quote of only eight bytes of the segment', () => {
    const quote = emitIpv4({ ...ip, protocol: IpProtocol.tcp }, emitTcp(tcp, undefined, addresses)).subarray(0, 28);
    const icmp = Uint8Array.of(3, 4, 0, 0, 0, 0, 5, 170, ...quote);
    const layers = dissectCovered(emitIpv4({ ...ip, protocol: IpProtocol.icmp }, icmp), 'ip');
    expect(layers[1]?.summary).toBe('Destination unreachable: fragmentation needed, next-hop MTU 1450');
    expect(value(layers[1], 'icmp.checksum')).toMatch(/^0x0000 \(wrong, should be 0x[0-9a-f]{4}\)$/);
    expect(layers[2]?.note).toBe("only 28 of the packet's 40 bytes are here");
    expect(layers[3]).toMatchObject({ protocol: 'TCP', quoted: true, headerLength: 8, summary: '40003 → 8080' });
  });

  it('says what ARP says, and calls what follows padding', () => {
    const layers = dissectCovered(Uint8Array.of(...arpReply, ...new Uint8Array(18)));
    expect(layers.map(({ protocol }) => protocol)).toEqual(['Ethernet', 'ARP', 'Data']);
    expect(layers[1]?.summary).toBe('10.244.0.1 is at 0a:58:0a:f4:00:01');
    expect(layers[2]?.note).toBe('padding');
  });

  it('shows a checksum that is wrong, and what it should be', () => {
    const frame = udpFrame(ascii('hello'));
    const right = value(dissectCovered(frame)[2], 'udp.checksum');
    frame[frame.length - 1] = 0;
    expect(right).toMatch(/correct/);
    expect(value(dissectCovered(frame)[2], 'udp.checksum')).toBe(
      `${right?.slice(0, 6)} (wrong, should be 0x${(Number(right?.slice(0, 6)) + 0x6f00).toString(16)})`,
    );
    frame[22] = 1;
    expect(value(dissectCovered(frame)[1], 'ipv4.headerChecksum')).toMatch(/wrong/);
  });

  it('reads questions and answers of DNS', () => {
    const name = 'web.default.svc.cluster.local';
    const message = {
      id: 7,
      response: true,
      authoritative: true,
      recursionDesired: true,
      recursionAvailable: true,
      rcode: 0,
      questions: [{ name, type: DnsType.a }],
      answers: [
        { name, type: DnsType.cname, ttl: 5, target: 'x.example' },
        { name: 'x.example', type: DnsType.a, ttl: 5, address: ipAddress('10.96.42.10') },
      ],
    };
    const layers = dissectCovered(udpFrame(emitDns(message, { compress: true }), 53));
    expect(layers[3]).toMatchObject({ protocol: 'DNS', summary: `Answer ${name} A: x.example, 10.96.42.10` });
    expect(value(layers[3], 'dns.answer.2')).toBe('x.example A 10.96.42.10, TTL 5');
    expect(value(layers[3], 'dns.rcode')).toBe('0 (NOERROR)');
  });

  it('reads HTTP by its start line, on any port', () => {
    const http = 'GET /cart HTTP/1.1\r\nHost: web\r\nX-A: 1\r\nX-A: 2\r\n\r\nbody';
    const packet = emitIpv4({ ...ip, protocol: IpProtocol.tcp }, emitTcp(tcp, ascii(http), addresses));
    const layers = dissectCovered(packet, 'ip');
    expect(layers[2]).toMatchObject({ protocol: 'HTTP', summary: 'GET /cart HTTP/1.1, body of 4 bytes' });
    expect(layers[2]?.fields.map(({ path, value: text }) => [path, text])).toEqual([
      ['http.startLine', 'GET /cart HTTP/1.1'],
      ['http.header.host', 'web'],
      ['http.header.x-a', '1'],
      ['http.header.x-a.2', '2'],
      ['http.endOfHeader', 'empty line'],
      ['http.body', 'body'],
    ]);
    const later = emitIpv4({ ...ip, protocol: IpProtocol.tcp }, emitTcp(tcp, ascii('rest of it'), addresses));
    expect(dissectCovered(later, 'ip')[2]).toMatchObject({ protocol: 'Data', summary: '10 bytes' });
  });

  it('reads the first fragment as far as it goes, and later ones as data', () => {
    const datagram = emitUdp(
      { sourcePort: 1, destinationPort: 8472 },
      emitVxlan({ vni: 1 }, udpFrame(new Uint8Array(99))),
      addresses,
    );
    const first = emitIpv4({ ...ip, moreFragments: true }, datagram.subarray(0, 80));
    const layers = dissectCovered(first, 'ip');
    expect(layers.map(({ protocol }) => protocol)).toEqual(['IPv4', 'UDP', 'VXLAN', 'Ethernet', 'IPv4', 'UDP', 'Data']);
    expect(layers[0]?.summary).toBe('10.244.1.23 → 10.244.2.47 UDP, TTL 64, first fragment');
    expect(value(layers[1], 'udp.checksum')).toMatch(/not checked/);
    expect(layers[4]?.note).toBe("only 50 of the packet's 127 bytes are here");
    const second = dissectCovered(emitIpv4({ ...ip, fragmentOffset: 80 }, datagram.subarray(80)), 'ip');
    expect(second.map(({ protocol }) => protocol)).toEqual(['IPv4', 'Data']);
    expect(second[1]?.note).toBe('later fragment: bytes of the payload from 80 on');
  });

  it('goes into IP in IP, one depth down', () => {
    const inner = emitIpv4({ ...ip, protocol: 50 }, new Uint8Array(4));
    const layers = dissectCovered(emitIpv4({ ...ip, protocol: IpProtocol.ipip }, inner), 'ip');
    expect(layers.map(({ protocol, depth }) => `${protocol} ${depth}`)).toEqual(['IPv4 0', 'IPv4 1', 'Data 1']);
    expect(layers[2]?.note).toBe('IP protocol 50 (ESP) is not taken apart');
  });

  it.each([
    [
      'a VXLAN port without VXLAN',
      udpFrame(new Uint8Array(20), 8472),
      'malformed VXLAN: the I flag is not set, so there is no VNI',
    ],
    ['a DNS port without DNS', udpFrame(new Uint8Array(5), 53), 'malformed DNS: truncated: 12 bytes needed, 5 there'],
    [
      'IPv6',
      emitEthernet({ ...ethernet, etherType: 0x86dd }, new Uint8Array(40)),
      'EtherType 0x86dd (IPv6) is not taken apart',
    ],
    ['too little for a frame', new Uint8Array(5), 'malformed Ethernet: truncated: 14 bytes needed, 5 there'],
  ])('turns %s into data that says why', (_, bytes, note) => {
    expect(dissectCovered(bytes).at(-1)).toMatchObject({ protocol: 'Data', note });
  });

  it('has nothing to say of nothing', () => {
    expect(dissect(new Uint8Array(), 'ethernet')).toEqual([]);
  });
});

describe('dissect on any bytes', () => {
  it('covers random ones', () => {
    const link = fc.constantFrom<'ethernet' | 'ip'>('ethernet', 'ip');
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), link, (bytes, kind) => void dissectCovered(bytes, kind)));
  });

  it('covers real frames that were damaged and cut', () => {
    const http = emitTcp(tcp, ascii('POST / HTTP/1.1\r\nA: b\r\n\r\n'), addresses);
    const dns = emitDns({
      id: 1,
      response: false,
      authoritative: false,
      recursionDesired: true,
      recursionAvailable: false,
      rcode: 0,
      questions: [{ name: 'web.default.svc.cluster.local', type: DnsType.aaaa }],
      answers: [{ name: 'a.b', type: DnsType.srv, ttl: 1, target: 'c.d' }],
    });
    const frames = [
      vxlanSyn,
      portUnreachable,
      arpReply,
      udpFrame(dns, 53),
      emitEthernet(ethernet, emitIpv4({ ...ip, protocol: IpProtocol.tcp }, http)),
    ];
    const damage = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 4 });
    fc.assert(
      fc.property(fc.constantFrom(...frames), damage, fc.nat(), (frame, changes, cut) => {
        const bytes = frame.slice(0, frame.length - (cut % 7 === 0 ? cut % frame.length : 0));
        for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
        dissectCovered(bytes);
      }),
      { numRuns: 1000 },
    );
  });
});
