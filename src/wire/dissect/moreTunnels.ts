import { GENEVE_HEADER_LENGTH, GeneveView, parseGeneve, TRANS_ETHER_BRIDGING } from '../geneve.ts';
import { readU24 } from '../octets.ts';
import { parseWireguard, WIREGUARD_DATA_HEADER_LENGTH, WireguardType } from '../wireguard.ts';
import { WIREGUARD_TAG_LENGTH } from '../wireguardTag.ts';
import type { Dissected, Dissector, LayerProtocol, Part, Pending } from './layer.ts';
import { byteCount, FieldList, hex, makeLayer, named, yesNo } from './layer.ts';

/** Tunnels that a page need not open on. */
export const MORE_TUNNELS: readonly (readonly [LayerProtocol, Dissector])[] = [
  ['Geneve', dissectGeneve],
  ['WireGuard', dissectWireguard],
];

function dissectGeneve(part: Part): Dissected {
  const { bytes, offset, end } = part;
  const { vni, protocolType, options } = parseGeneve(bytes.subarray(0, end), offset);
  const { version, control, critical, headerLength } = new GeneveView(bytes, offset);
  const flags = bytes[offset + 1] ?? 0;
  const isFrame = protocolType === TRANS_ETHER_BRIDGING;
  const list = new FieldList('geneve', offset, end);
  list.bits('Version', 'version', 0, 0, 2, version);
  list.bits('Options length', 'optionsLength', 0, 2, 6, byteCount(options.length));
  list.bits('Control packet', 'control', 1, 0, 1, yesNo(control));
  list.bits('Critical options', 'critical', 1, 1, 1, yesNo(critical));
  list.bits('Reserved', 'reserved', 1, 2, 6, flags & 0x3f);
  const name = isFrame ? 'Ethernet' : undefined;
  list.add('Protocol type', 'protocolType', 2, 2, name ? `${hex(protocolType, 4)} (${name})` : hex(protocolType, 4));
  list.add('VNI', 'vni', 4, 3, vni);
  list.add('Reserved', 'reserved', 7, 1, hex(bytes[offset + 7] ?? 0, 2));
  if (options.length > 0)
    list.add('Options', 'options', GENEVE_HEADER_LENGTH, options.length, byteCount(options.length));
  const layer = makeLayer('Geneve', part, { headerLength, end }, `VNI ${vni}`, list.fields);
  const inside = { ...part, offset: offset + headerLength, depth: part.depth + 1 };
  const rest: Pending = isFrame
    ? { protocol: 'Ethernet', part: inside }
    : { protocol: 'Data', part: inside, note: `protocol type ${hex(protocolType, 4)} is not taken apart` };
  return { layer, rest: [rest] };
}

const MESSAGES = new Map<number, string>([
  [WireguardType.initiation, 'handshake initiation'],
  [WireguardType.response, 'handshake response'],
  [WireguardType.cookie, 'cookie reply'],
  [WireguardType.data, 'data'],
]);

/** Of a handshake's messages after type and reserved bytes: name, path, length. Indexes are told apart by their length of 4. */
const PARTS: Readonly<Record<number, readonly (readonly [string, string, number])[]>> = {
  1: [
    ['Sender index', 'sender', 4],
    ['Ephemeral key', 'ephemeral', 32],
    ['Encrypted static key', 'static', 48],
    ['Encrypted timestamp', 'timestamp', 28],
    ['MAC 1', 'mac1', 16],
    ['MAC 2', 'mac2', 16],
  ],
  2: [
    ['Sender index', 'sender', 4],
    ['Receiver index', 'receiver', 4],
    ['Ephemeral key', 'ephemeral', 32],
    ['Encrypted nothing', 'empty', 16],
    ['MAC 1', 'mac1', 16],
    ['MAC 2', 'mac2', 16],
  ],
  3: [
    ['Receiver index', 'receiver', 4],
    ['Nonce', 'nonce', 24],
    ['Encrypted cookie', 'cookie', 32],
  ],
  4: [['Receiver index', 'receiver', 4]],
};

/** What is encrypted stays so: nobody but the two ends can read it. */
function dissectWireguard(part: Part): Dissected {
  const { bytes, offset, end } = part;
  const message = parseWireguard(bytes.subarray(0, end), offset);
  const { type, sender, receiver, counter } = message;
  const list = new FieldList('wireguard', offset, end);
  list.add('Type', 'type', 0, 1, named(type, MESSAGES.get(type)));
  list.add('Reserved', 'reserved', 1, 3, hex(readU24(bytes, offset + 1), 6));
  let at = 4;
  for (const [name, path, length] of PARTS[type] ?? []) {
    const index = path === 'sender' ? sender : path === 'receiver' ? receiver : undefined;
    list.add(name, path, at, length, index === undefined ? byteCount(length) : hex(index, 8));
    at += length;
  }
  const rest: Pending[] = [];
  if (type === WireguardType.data) {
    list.add('Counter', 'counter', 8, 8, counter ?? 0);
    at = WIREGUARD_DATA_HEADER_LENGTH;
    const padded = end - offset - at - WIREGUARD_TAG_LENGTH;
    const note =
      padded === 0 ? 'the tag of an empty packet' : `an encrypted packet of ${byteCount(padded)}, and its tag`;
    rest.push({ protocol: 'Data', part: { ...part, offset: offset + at }, note });
  } else rest.push({ protocol: 'Data', part: { ...part, offset: offset + at }, note: 'after the end of the message' });
  const name = MESSAGES.get(type) ?? '';
  const summary = counter === undefined ? name : `${name}, counter ${counter}`;
  return { layer: makeLayer('WireGuard', part, { headerLength: at, end }, summary, list.fields), rest };
}
