import { transportChecksumValid } from '../../wire/checksum.ts';
import { ETHERNET_HEADER_LENGTH, EthernetView, EtherType } from '../../wire/ethernet.ts';
import { GeneveView } from '../../wire/geneve.ts';
import { Icmpv4View, isIcmpError } from '../../wire/icmpv4.ts';
import { IpProtocol, Ipv4View } from '../../wire/ipv4.ts';
import { GENEVE_PORT, WIREGUARD_PORT } from '../../wire/ports.ts';
import { TcpFlag, TcpView } from '../../wire/tcp.ts';
import { parseTcpOptions, type TcpOption } from '../../wire/tcpOption.ts';
import { UDP_HEADER_LENGTH, UdpView } from '../../wire/udp.ts';

/** A value that no two kernels repeat; frames are compared by how such values relate, not by what they are. */
export interface Variable {
  readonly kind: 'identification' | 'sequence' | 'acknowledgement' | 'port' | 'tunnelPort' | 'genevePort' | 'echoId';
  readonly value: number;
  /** The direction of the packet it was read from, for sequence spaces. */
  readonly direction: string;
}

/** A frame with its unrepeatable values cut out. Equal frames have equal texts and relating variables. */
export interface NormalFrame {
  readonly text: string;
  readonly variables: readonly Variable[];
}

/**
 * Reads a frame for comparison: everything stays but IP ids, TCP sequence, acknowledgement and timestamp values, windows,
 * checksums (which must be valid outside ICMP quotes) and ports and echo ids that nobody gave.
 *
 * @param given ports and echo ids that the flow or the cluster prescribe.
 * What WireGuard has encrypted is only measured.
 * @param how whether transport checksums have to be valid, and where the frame begins.
 */
export function normaliseFrame(
  frame: Uint8Array,
  given: ReadonlySet<number>,
  { summed, link }: { readonly summed: boolean; readonly link: 'ethernet' | 'ip' } = { summed: true, link: 'ethernet' },
): NormalFrame {
  const reader = new Reader(given, summed);
  return { text: link === 'ip' ? reader.ipv4(frame, true) : reader.ethernet(frame), variables: reader.variables };
}

class Reader {
  readonly variables: Variable[] = [];
  private readonly given: ReadonlySet<number>;
  private readonly summed: boolean;

  constructor(given: ReadonlySet<number>, summed: boolean) {
    this.given = given;
    this.summed = summed;
  }

  ethernet(frame: Uint8Array): string {
    const view = new EthernetView(frame);
    const head = `${view.source}>${view.destination} ${view.etherType.toString(16)}`;
    const rest = frame.subarray(ETHERNET_HEADER_LENGTH);
    if (view.etherType !== EtherType.ipv4) return `${head} ${hex(rest)}`;
    return `${head} ${this.ipv4(rest, true)}`;
  }

  ipv4(packet: Uint8Array, checked: boolean): string {
    const ip = new Ipv4View(packet);
    const direction = `${ip.source}>${ip.destination}`;
    const flags = `${ip.dontFragment ? 'DF' : ''}${ip.moreFragments ? 'MF' : ''}+${ip.fragmentOffset}`;
    const id = ip.identification === 0 ? '0' : this.variable('identification', ip.identification, direction);
    const sum = checked ? (ip.checksumValid() ? 'ok' : 'BAD') : '-';
    const head = `IP ${direction} tos=${ip.tos} len=${ip.totalLength} id=${id} ${flags} ttl=${ip.ttl} p=${ip.protocol} ck=${sum}`;
    const body = packet.subarray(ip.headerLength, checked ? ip.totalLength : packet.length);
    if (ip.fragmentOffset > 0) return `${head} ${hex(body)}`;
    const whole = checked && !ip.moreFragments;
    const valid =
      !whole || !this.summed || ip.protocol === IpProtocol.icmp || transportChecksumValid(packet) ? '' : ' BAD-L4';
    return `${head}${valid} ${this.transport(ip, body, direction, whole)}`;
  }

  private transport(ip: Ipv4View, body: Uint8Array, direction: string, checked: boolean): string {
    switch (ip.protocol) {
      case IpProtocol.tcp:
        return this.tcp(body, direction);
      case IpProtocol.udp:
        return this.udp(body, direction);
      case IpProtocol.icmp:
        return this.icmp(body, direction, checked);
      case IpProtocol.ipip:
        return `IPIP | ${this.ipv4(body, checked)}`;
      default:
        return hex(body);
    }
  }

  private tcp(body: Uint8Array, direction: string): string {
    const view = new TcpView(body);
    const ports = `${this.port(view.sourcePort, direction)}>${this.port(view.destinationPort, direction)}`;
    const flow = `${direction} ${view.sourcePort}>${view.destinationPort}`;
    const sequence = view.sequence === 0 ? '0' : this.variable('sequence', view.sequence, flow);
    if (body.length < 20) return `TCP ${ports} seq=${sequence} cut`;
    const acknowledged =
      view.acknowledgement === 0 ? '0' : this.variable('acknowledgement', view.acknowledgement, flow);
    // The SYN that takes over from a connection in TIME_WAIT echoes what that one saw last (tcp_tw_reuse).
    const opening = view.flags === TcpFlag.syn;
    const options = parseTcpOptions(body, 20, view.dataOffset)
      .map((option) => optionText(option, opening))
      .join(',');
    return `TCP ${ports} seq=${sequence} ack=${acknowledged} flags=${view.flags} [${options}] ${this.answer(body.subarray(view.dataOffset))}`;
  }

  private udp(body: Uint8Array, direction: string): string {
    const view = new UdpView(body);
    const payload = body.subarray(UDP_HEADER_LENGTH);
    if (view.destinationPort === 8472) {
      const port = this.variable('tunnelPort', view.sourcePort, direction);
      return `UDP ${port}>8472 len=${view.length} ck=${view.checksum === 0 ? 0 : 'set'} VXLAN ${hex(payload.subarray(0, 8))} | ${this.ethernet(payload.subarray(8))}`;
    }
    if (view.destinationPort === GENEVE_PORT) {
      const port = this.variable('genevePort', view.sourcePort, direction);
      const geneve = new GeneveView(payload);
      const inner = this.ethernet(payload.subarray(geneve.headerLength));
      return `UDP ${port}>${GENEVE_PORT} len=${view.length} ck=${view.checksum === 0 ? 0 : 'set'} Geneve ${hex(payload.subarray(0, geneve.headerLength))} | ${inner}`;
    }
    if (view.destinationPort === WIREGUARD_PORT) {
      const message = `WireGuard type ${payload[0]}`;
      return `UDP ${view.sourcePort}>${WIREGUARD_PORT} len=${view.length} ck=${view.checksum === 0 ? 0 : 'set'} ${message}`;
    }
    const ports = `${this.port(view.sourcePort, direction)}>${this.port(view.destinationPort, direction)}`;
    return `UDP ${ports} len=${view.length} ck=${view.checksum === 0 ? 0 : 'set'} ${this.answer(payload)}`;
  }

  private icmp(body: Uint8Array, direction: string, checked: boolean): string {
    const view = new Icmpv4View(body);
    const sum = !checked || view.checksumValid(body.length) ? '' : ' BAD-ICMP';
    const head = `ICMP ${view.type}/${view.code}${sum}`;
    if (isIcmpError(view.type))
      return `${head} rest=${hex(body.subarray(4, 8))} {${this.ipv4(body.subarray(8), false)}}`;
    const id = this.given.has(view.identifier) ? view.identifier : this.variable('echoId', view.identifier, direction);
    return `${head} id=${id} seq=${view.sequence} ${hex(body.subarray(8))}`;
  }

  /** A program's answer repeats the port it saw, which may be one that nobody gave: such digits do not count. */
  private answer(payload: Uint8Array): string {
    const text = String.fromCharCode(...payload.subarray(0, 2048));
    const seen = /saw=[\d.]+:(\d+)/.exec(text)?.[1];
    if (seen === undefined || this.given.has(Number(seen))) return hex(payload);
    return text.replace(`:${seen}`, `:${'#'.repeat(seen.length)}`);
  }

  private port(port: number, direction: string): string | number {
    return this.given.has(port) ? port : this.variable('port', port, direction);
  }

  private variable(kind: Variable['kind'], value: number, direction: string): string {
    this.variables.push({ kind, value, direction });
    return `<${kind}>`;
  }
}

function optionText(option: TcpOption, opening: boolean): string {
  switch (option.kind) {
    case 'mss':
      return `mss=${option.value}`;
    case 'timestamps':
      return `ts${option.echo === 0 && !opening ? ' first' : ''}`;
    default:
      return option.kind;
  }
}

function hex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += byte.toString(16).padStart(2, '0');
  return text;
}
