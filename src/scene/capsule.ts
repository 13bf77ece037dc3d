import type { Step } from '../datamodel/flow/step.ts';
import type { Trace } from '../datamodel/flow/trace.ts';
import { ipAddress } from '../wire/address.ts';
import { dissect, type Layer } from '../wire/layers.ts';
import { WIREGUARD_TAG_LENGTH } from '../wire/wireguardTag.ts';

import { endpoint } from './describe.ts';

/** Headers that a capsule shows as shells, outermost first. */
export type Shell = 'tunnel' | 'ip' | 'l4' | 'data' | 'arp';

/** What a packet looks like: read off its bytes, nothing else. */
export interface Capsule {
  /** Where it is going: the innermost packet's destination, or what an ARP packet asks or says. */
  readonly label: string;
  /** Who sent it, as far as it says. */
  readonly source: string;
  readonly shells: readonly Shell[];
  /** Bytes that the tunnel adds around the Pod's packet; 0 outside of tunnels. */
  readonly overhead: number;
  /** `fragment needed`, `RST`: a word for packets that are no ordinary data. */
  readonly mark?: string;
  /** A piece of a bigger packet, by its own header or by the outer one that a tunnel gave it. */
  readonly piece: boolean;
  /** The packet that an ICMP error is about, as it quotes it. */
  readonly quoted?: Pick<Capsule, 'label' | 'source' | 'shells'>;
}

const cache = new WeakMap<Uint8Array, Map<string, Capsule>>();

/** Steps share their bytes while nothing changes, and so do the capsules. */
export function capsuleOf(bytes: Uint8Array, link: Step['link']): Capsule {
  const known = cache.get(bytes);
  const found = known?.get(link);
  if (found) return found;
  const capsule = describeCapsule(dissect(bytes, link));
  if (known) known.set(link, capsule);
  else cache.set(bytes, new Map([[link, capsule]]));
  return capsule;
}

function describeCapsule(layers: readonly Layer[]): Capsule {
  const own = layers.filter((layer) => !layer.quoted);
  const secret = own.findIndex((layer) => layer.protocol === 'WireGuard');
  if (own[secret + 1] && secret > 0) return describeEncrypted(own, own[secret] as Layer);
  const depth = Math.max(0, ...own.map((layer) => layer.depth));
  const inner = own.filter((layer) => layer.depth === depth);
  const arp = inner.find((layer) => layer.protocol === 'ARP');
  const tunnel = depth > 0;
  const overhead = tunnel ? overheadOf(own, inner) : 0;
  if (arp) {
    const label = fieldOf(arp, 'arp.operation').startsWith('1')
      ? `who has ${fieldOf(arp, 'arp.targetIp')}`
      : `${fieldOf(arp, 'arp.senderIp')} is here`;
    const source = fieldOf(arp, 'arp.senderIp');
    return { label, source, shells: tunnel ? ['tunnel', 'arp'] : ['arp'], overhead, piece: false };
  }
  const ip = inner.find((layer) => layer.protocol === 'IPv4');
  const transport = inner.find((layer) => layer.protocol === 'TCP' || layer.protocol === 'UDP');
  const icmp = inner.find((layer) => layer.protocol === 'ICMP');
  const hasData = inner.some(
    (layer) => layer.length > 0 && (layer.protocol === 'HTTP' || layer.protocol === 'DNS' || layer.protocol === 'Data'),
  );
  const shells: Shell[] = [];
  if (tunnel) shells.push('tunnel');
  if (ip) shells.push('ip');
  if (transport || icmp) shells.push('l4');
  if (hasData || layers.some((layer) => layer.quoted)) shells.push('data');
  const quoted = quotedIn(layers);
  const mark = icmp ? icmpMark(icmp) : transport ? tcpMark(transport) : undefined;
  return {
    label: ip ? readEnd(ip, transport, 'destination') : (inner[0]?.summary ?? ''),
    source: ip ? readEnd(ip, transport, 'source') : '',
    shells,
    overhead,
    piece: own.some((layer) => layer.protocol === 'IPv4' && isPiece(layer)),
    ...(mark !== undefined && { mark }),
    ...(quoted && { quoted }),
  };
}

/** Nobody between the two ends can say more of it than where the tunnel leads. */
function describeEncrypted(own: readonly Layer[], { offset, headerLength }: Layer): Capsule {
  const ip = own.find((layer) => layer.protocol === 'IPv4');
  return {
    label: `encrypted, to ${ip ? fieldOf(ip, 'ipv4.destination') : 'the peer'}`,
    source: ip ? fieldOf(ip, 'ipv4.source') : '',
    shells: ['tunnel', 'data'],
    overhead: offset - (ip?.offset ?? 0) + headerLength + WIREGUARD_TAG_LENGTH,
    piece: ip !== undefined && isPiece(ip),
  };
}

function isPiece(ip: Layer): boolean {
  return /[1-9]/.test(fieldOf(ip, 'ipv4.fragmentOffset')) || fieldOf(ip, 'ipv4.moreFragments') === 'yes';
}

function quotedIn(layers: readonly Layer[]): Capsule['quoted'] {
  const quoted = layers.filter((layer) => layer.quoted);
  const ip = quoted.find((layer) => layer.protocol === 'IPv4');
  if (!ip) return undefined;
  const transport = quoted.find((layer) => layer.protocol === 'TCP' || layer.protocol === 'UDP');
  const inside = transport ?? quoted.find((layer) => layer.protocol === 'ICMP');
  return {
    label: readEnd(ip, transport, 'destination'),
    source: readEnd(ip, transport, 'source'),
    shells: inside ? ['ip', 'l4'] : ['ip'],
  };
}

/** From the outer IP header to the inner one: what the packet grew by on its way through the tunnel device. */
function overheadOf(own: readonly Layer[], inner: readonly Layer[]): number {
  const outer = own.find((layer) => layer.protocol === 'IPv4');
  const within = inner.find((layer) => layer.protocol === 'IPv4' || layer.protocol === 'ARP');
  return outer && within ? within.offset - outer.offset : 0;
}

function readEnd(ip: Layer, transport: Layer | undefined, end: 'source' | 'destination'): string {
  const address = fieldOf(ip, `ipv4.${end}`);
  if (!transport) return address;
  const port = Number(fieldOf(transport, `${transport.protocol.toLowerCase()}.${end}Port`));
  return Number.isInteger(port) ? endpoint(ipAddress(address), port) : address;
}

function icmpMark(icmp: Layer): string {
  const [what] = icmp.summary.split(',');
  const mtu = fieldOf(icmp, 'icmp.nextHopMtu');
  const words = (what ?? 'ICMP').replace(/^(Destination unreachable|Time exceeded): /, '').replace(/ in transit$/, '');
  return mtu === '' ? words : `${words} · mtu ${mtu}`;
}

function tcpMark(transport: Layer): string | undefined {
  return transport.protocol === 'TCP' && /\bRST\b/.test(fieldOf(transport, 'tcp.flags')) ? 'RST' : undefined;
}

function fieldOf(layer: Layer, path: string): string {
  return layer.fields.find((field) => field.path === path)?.value ?? '';
}

/** The colour of a packet's way. */
export type Tone = 'plain' | 'tunnel' | 'error' | 'control' | 'reply' | 'reply-tunnel';

export function toneOf(step: Step, trace: Trace): Tone {
  if (trace.role === 'control') return 'control';
  if (trace.role === 'error') return 'error';
  const tunnel = capsuleOf(step.bytes, step.link).overhead > 0;
  if (trace.role === 'reply') return tunnel ? 'reply-tunnel' : 'reply';
  return tunnel ? 'tunnel' : 'plain';
}
