import { readU24 } from '../octets.ts';
import { GENEVE_PORT, WIREGUARD_PORT } from '../ports.ts';
import { parseVxlan, VXLAN_HEADER_LENGTH, VXLAN_PORT_IANA, VXLAN_PORT_LINUX, VxlanView } from '../vxlan.ts';

import type { Dissected, LayerProtocol, Part } from './layer.ts';
import { FieldList, hex, makeLayer } from './layer.ts';

/** The tunnel that a UDP port stands for. */
export function tunnelOfPort(destinationPort: number): LayerProtocol | undefined {
  switch (destinationPort) {
    case VXLAN_PORT_LINUX:
    case VXLAN_PORT_IANA:
      return 'VXLAN';
    case GENEVE_PORT:
      return 'Geneve';
    case WIREGUARD_PORT:
      return 'WireGuard';
    default:
      return undefined;
  }
}

export function dissectVxlan(part: Part): Dissected {
  const { bytes, offset, end } = part;
  const { vni } = parseVxlan(bytes.subarray(0, end), offset);
  const { flags } = new VxlanView(bytes, offset);
  const list = new FieldList('vxlan', offset, end);
  list.add('Flags', 'flags', 0, 1, `${hex(flags, 2)} (VNI valid)`);
  list.add('Reserved', 'reserved', 1, 3, hex(readU24(bytes, offset + 1), 6));
  list.add('VNI', 'vni', 4, 3, vni);
  list.add('Reserved', 'reserved', 7, 1, hex(bytes[offset + 7] ?? 0, 2));
  const headerLength = VXLAN_HEADER_LENGTH;
  const layer = makeLayer('VXLAN', part, { headerLength, end }, `VNI ${vni}`, list.fields);
  const inner = { ...part, offset: offset + headerLength, depth: part.depth + 1 };
  return { layer, rest: [{ protocol: 'Ethernet', part: inner }] };
}
