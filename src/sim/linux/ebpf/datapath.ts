import { type DatapathMaps, type DatapathRole, IDENTITY, type LocalEndpoint } from '../../../datamodel/network/ebpf.ts';
import { type IpAddress, prefixContains } from '../../../wire/address.ts';
import { EthernetView } from '../../../wire/ethernet.ts';
import { Ipv4View } from '../../../wire/ipv4.ts';
import { type ProgramRun, say, shoot, type Verdict } from './programRun.ts';

/** Of outer packets, as a tunnel key that names none has it. */
const TUNNEL_TTL = 64;

/**
 * What Cilium's programs do with a packet that is for no service: hand it to a Pod of this node, send it through the tunnel to the
 * node that has the Pod, or leave it to the host's stack (bpf/bpf_lxc.c, handle_ipv4_from_lxc; bpf_overlay.c and bpf_host.c,
 * handle_ipv4).
 */
export function datapath(run: ProgramRun, role: DatapathRole, maps: DatapathMaps): Verdict {
  const { source, destination } = new Ipv4View(run.skb.bytes, run.skb.networkOffset);
  run.lookup.lookups++;
  const endpoint = maps.endpoints.get(destination);
  if (endpoint && !maps.endpointRoutes) return deliver(run, destination, endpoint);
  const remote = endpoint || role === 'overlay' ? undefined : remoteOf(maps, destination);
  if (remote !== undefined && maps.tunnelDevice !== undefined) {
    run.lookup.lookups++;
    return encapsulate(run, maps.tunnelDevice, remote, identityOf(maps, source));
  }
  if (role === 'overlay') return toStack(run);
  return 'ok';
}

/** Where an address is reached through the tunnel. */
function remoteOf({ ipcache, tunnels }: DatapathMaps, destination: IpAddress): IpAddress | undefined {
  return ipcache.get(destination)?.host ?? tunnels.find(({ prefix }) => prefixContains(prefix, destination))?.remote;
}

/** The host itself is to others a remote node (bpf/lib/encap.h). */
function identityOf({ ipcache }: DatapathMaps, source: IpAddress): number {
  return ipcache.get(source)?.identity ?? IDENTITY.remoteNode;
}

/** bpf/lib/l3.h, ipv4_local_delivery: past the host's stack, and so past netfilter. */
function deliver(run: ProgramRun, destination: IpAddress, endpoint: LocalEndpoint): 'taken' {
  const { kernel, skb } = run;
  const { device, mac, nodeMac, identity } = endpoint;
  const link = kernel.links.get(device);
  if (!link) return shoot(run, `${device} of ${destination} is gone`);
  const { ttl } = new Ipv4View(skb.bytes, skb.networkOffset);
  if (ttl <= 1) return shoot(run, `the TTL of ${ttl} does not allow another hop`);
  say(run, 'redirect', { note: `${destination} is behind ${device}, identity ${identity}` });
  const frame = new EthernetView(skb.bytes);
  const changes = [
    { path: 'ethernet.destination', from: frame.destination, to: mac },
    { path: 'ethernet.source', from: frame.source, to: nodeMac },
    { path: 'ipv4.ttl', from: String(ttl), to: String(ttl - 1) },
  ].filter(({ from, to }) => from !== to);
  const bytes = skb.writable();
  const written = new EthernetView(bytes);
  written.destination = mac;
  written.source = nodeMac;
  new Ipv4View(bytes, skb.networkOffset).decrementTtl();
  kernel.world.recorder.step(kernel.id, skb, { type: 'forward', ttl: ttl - 1 }, { device, changes });
  kernel.stack.transmit(kernel, skb, link);
  return 'taken';
}

/** bpf/lib/encap.h, encap_and_redirect_with_nodeid: the sender's identity goes where a network's number would. */
function encapsulate(run: ProgramRun, device: string, remote: IpAddress, identity: number): 'taken' {
  const { kernel, skb } = run;
  const link = kernel.links.get(device);
  if (!link) return shoot(run, `the tunnel device ${device} is gone`);
  say(run, 'redirect', { note: `through ${device} to ${remote}, with identity ${identity} as VNI` });
  skb.meta.tunnelKey = { id: identity, remote, ttl: TUNNEL_TTL, tos: 0, checksum: false };
  kernel.stack.transmit(kernel, skb, link);
  return 'taken';
}

/** What came out of the tunnel and is for the host has another device's MAC, which must not keep it from being read. */
function toStack({ skb, link }: ProgramRun): Verdict {
  if (skb.meta.packetType !== 'host') {
    new EthernetView(skb.writable()).destination = link.mac;
    skb.meta.packetType = 'host';
  }
  return 'ok';
}
