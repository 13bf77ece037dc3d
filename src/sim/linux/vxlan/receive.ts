import type { VxlanLink } from '../../../datamodel/network/link.ts';
import type { FdbEntry, TunnelKey } from '../../../datamodel/network/tables.ts';
import type { IpAddress } from '../../../wire/address.ts';
import { ETHERNET_HEADER_LENGTH, EthernetView, isMulticastMac } from '../../../wire/ethernet.ts';
import { IPV4_HEADER_LENGTH, Ipv4View } from '../../../wire/ipv4.ts';
import { UDP_HEADER_LENGTH, UdpView } from '../../../wire/udp.ts';
import { VXLAN_HEADER_LENGTH, VxlanView } from '../../../wire/vxlan.ts';
import { fdbKey } from '../bridge/fdb.ts';
import { dropPacket } from '../device/drop.ts';
import type { Kernel } from '../kernel.ts';
import type { Skb } from '../skb.ts';
import { receiveInner } from '../tunnel/receiveInner.ts';
import { tunnelsOnPort } from '../tunnel/udpPorts.ts';

const OVERHEAD = IPV4_HEADER_LENGTH + UDP_HEADER_LENGTH + VXLAN_HEADER_LENGTH + ETHERNET_HEADER_LENGTH;

/** Unwraps a UDP packet for a VXLAN device and lets the inner frame arrive there (Linux: vxlan_core.c, vxlan_rcv). */
export function vxlanReceive(kernel: Kernel, skb: Skb): void {
  const ip = new Ipv4View(skb.bytes, skb.networkOffset);
  const udp = new UdpView(skb.bytes, ip.payloadOffset);
  const devices = tunnelsOnPort(kernel, udp.destinationPort).filter((each) => each.kind === 'vxlan');
  const end = ip.offset + ip.totalLength;
  const header = new VxlanView(skb.bytes, udp.payloadOffset);
  const link = devices.find(({ external, vni }) => external || vni === header.vni);
  const frameAt = header.payloadOffset;
  if (end - frameAt < ETHERNET_HEADER_LENGTH || !header.vniValid) {
    dropPacket(kernel, skb, 'VXLAN_INVALID_HDR', 'The UDP payload does not begin with a VXLAN header and a frame', {
      device: devices[0]?.name,
    });
  } else if (link === undefined) {
    const because = `No VXLAN device of this host has VNI ${header.vni}`;
    dropPacket(kernel, skb, 'VXLAN_VNI_NOT_FOUND', because, { device: devices[0]?.name });
  } else {
    const { source: remote, destination: local, ttl, tos } = ip;
    const key = { id: header.vni, remote, local, ttl, tos, checksum: udp.checksum !== 0 };
    decapsulate(kernel, skb, link, skb.bytes.slice(frameAt, end), key);
  }
}

function decapsulate(kernel: Kernel, skb: Skb, link: VxlanLink, frame: Uint8Array, key: TunnelKey): void {
  const { source } = new EthernetView(frame);
  if (source === link.mac) {
    const because = `The inner frame's sender is ${link.name}'s own MAC: a loop`;
    dropPacket(kernel, skb, 'LOCAL_MAC', because, { device: link.name });
    return;
  }
  if (link.learning) learnRemote(kernel, link, source, key.remote);
  const detail = { type: 'decapsulate', tunnel: 'vxlan', overhead: OVERHEAD, vni: key.id } as const;
  receiveInner(kernel, skb, link, { bytes: frame, link: 'ethernet' }, key.tos, detail, { key });
}

/** Remembers behind which VTEP a MAC is (vxlan_snoop); flannel's devices do not. */
function learnRemote(kernel: Kernel, link: VxlanLink, mac: FdbEntry['mac'], remote: IpAddress): void {
  const key = fdbKey(link.name, mac);
  const known = kernel.fdb.get(key);
  if (isMulticastMac(mac) || known?.dst === remote || (known && known.state !== 'reachable')) return;
  const id = known?.id ?? `learned:${key}`;
  const entry: FdbEntry = { id, owner: 'kernel', dev: link.name, mac, self: true, dst: remote, state: 'reachable' };
  kernel.fdb.set(key, entry);
  kernel.world.recorder.update({ netns: kernel.id, table: 'fdb', id, entry });
}
