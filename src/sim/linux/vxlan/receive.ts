import type { VxlanLink } from '../../../datamodel/network/link.ts';
import type { FdbEntry } from '../../../datamodel/network/tables.ts';
import type { IpAddress } from '../../../wire/address.ts';
import { ETHERNET_HEADER_LENGTH, EthernetView, EtherType, isMulticastMac } from '../../../wire/ethernet.ts';
import { IPV4_HEADER_LENGTH, IpProtocol, Ipv4View } from '../../../wire/ipv4.ts';
import { UDP_HEADER_LENGTH, UdpView } from '../../../wire/udp.ts';
import { VXLAN_HEADER_LENGTH, VxlanView } from '../../../wire/vxlan.ts';
import { fdbKey } from '../bridge/fdb.ts';
import { dropPacket } from '../device/drop.ts';
import type { Kernel } from '../kernel.ts';
import type { Skb } from '../skb.ts';
import { vxlansOnPort } from './ports.ts';

const OVERHEAD = IPV4_HEADER_LENGTH + UDP_HEADER_LENGTH + VXLAN_HEADER_LENGTH + ETHERNET_HEADER_LENGTH;
/** Unwrapped frames wait for the CPU's next round (gro_cells), so that frames already queued by the card come first. */
const QUEUE_DELAY = 1_000;
const CONGESTION_EXPERIENCED = 3;

/**
 * Unwraps a UDP packet for a VXLAN device and lets the inner frame arrive there (Linux: vxlan_core.c, vxlan_rcv).
 * The caller has checked the UDP checksum.
 *
 * @returns false when no device listens on the port: then the packet is the sockets'.
 */
export function vxlanReceive(kernel: Kernel, skb: Skb): boolean {
  const ip = new Ipv4View(skb.bytes, skb.networkOffset);
  if (ip.protocol !== IpProtocol.udp || ip.payloadLength < UDP_HEADER_LENGTH) return false;
  const udp = new UdpView(skb.bytes, ip.payloadOffset);
  const devices = vxlansOnPort(kernel, udp.destinationPort);
  const [device] = devices;
  if (device === undefined) return false;
  const end = ip.offset + ip.totalLength;
  const header = new VxlanView(skb.bytes, udp.payloadOffset);
  const link = devices.find((candidate) => candidate.vni === header.vni);
  const frameAt = header.payloadOffset;
  if (end - frameAt < ETHERNET_HEADER_LENGTH || !header.vniValid) {
    dropPacket(kernel, skb, 'VXLAN_INVALID_HDR', 'The UDP payload does not begin with a VXLAN header and a frame', {
      device: device.name,
    });
  } else if (link === undefined) {
    const because = `No VXLAN device of this host has VNI ${header.vni}`;
    dropPacket(kernel, skb, 'VXLAN_VNI_NOT_FOUND', because, { device: device.name });
  } else decapsulate(kernel, skb, link, skb.bytes.slice(frameAt, end), ip.tos & 3, ip.source);
  return true;
}

function decapsulate(
  kernel: Kernel,
  skb: Skb,
  link: VxlanLink,
  frame: Uint8Array,
  outerEcn: number,
  remote: IpAddress,
): void {
  const place = { device: link.name };
  const { source } = new EthernetView(frame);
  if (source === link.mac) {
    dropPacket(kernel, skb, 'LOCAL_MAC', `The inner frame's sender is ${link.name}'s own MAC: a loop`, place);
    return;
  }
  if (!takeOverCongestion(frame, outerEcn)) {
    dropPacket(
      kernel,
      skb,
      'IP_TUNNEL_ECN',
      'Congestion was marked outside, but the inner packet cannot say so',
      place,
    );
    return;
  }
  skb.replace(frame, 'ethernet');
  skb.scrub();
  skb.meta.direction = 'up';
  if (link.learning) learnRemote(kernel, link, source, remote);
  const detail = { type: 'decapsulate', tunnel: 'vxlan', overhead: OVERHEAD, vni: link.vni } as const;
  kernel.world.recorder.step(kernel.id, skb, detail, place);
  kernel.world.queue.schedule(QUEUE_DELAY, () => kernel.stack.receive(kernel, skb, link));
}

/** RFC 6040 4.2; Linux: IP_ECN_decapsulate. @returns false when the packet must be dropped. */
function takeOverCongestion(frame: Uint8Array, outerEcn: number): boolean {
  const ethernet = new EthernetView(frame);
  if (outerEcn !== CONGESTION_EXPERIENCED || ethernet.etherType !== EtherType.ipv4) return true;
  const ip = new Ipv4View(frame, ethernet.payloadOffset);
  if ((ip.tos & 3) === 0) return false;
  if ((ip.tos & 3) === CONGESTION_EXPERIENCED) return true;
  ip.tos |= CONGESTION_EXPERIENCED;
  ip.fillChecksum();
  return true;
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
