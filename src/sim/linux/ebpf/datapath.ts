import { assertUnreachable } from '../../../base/assertUnreachable.ts';
import { type DatapathMaps, type DatapathRole, IDENTITY, ipcacheEntry } from '../../../datamodel/network/ebpf.ts';
import { hostPrefix, type IpAddress, prefixContains } from '../../../wire/address.ts';
import { Ipv4View } from '../../../wire/ipv4.ts';
import { trackFromPod } from './endpointConnection.ts';
import { deliverToHost, deliverToPod } from './localDelivery.ts';
import { type ProgramRun, say, shoot, stateEntry, type Verdict } from './programRun.ts';
import { redirect } from './redirect.ts';
import { readFlow } from './tcPacket.ts';

/** Of outer packets, as a tunnel key that names none has it. */
const TUNNEL_TTL = 64;

/**
 * What Cilium's programs do with a packet that is for no service: hand it to a Pod of this node, send it through the tunnel to the
 * node that has the Pod, send it out of a card, or leave it to the host's stack.
 */
export function datapath(run: ProgramRun, role: DatapathRole, maps: DatapathMaps): Verdict {
  switch (role) {
    case 'container':
      return fromContainer(run, maps);
    case 'overlay':
      return fromOverlay(run, maps);
    case 'netdev':
      return fromNetdev(run, maps);
    case 'host':
      return fromHost(run, maps);
    default:
      return assertUnreachable(role);
  }
}

/** bpf/bpf_lxc.c, ipv4_forward_to_destination. With endpoint routes and a stack that forwards, the latter finds Pods by itself. */
function fromContainer(run: ProgramRun, maps: DatapathMaps): Verdict {
  const { kernel, skb, link } = run;
  const { source, destination } = endsOf(run);
  run.lookup.lookups++;
  const isOwn = maps.endpoints.get(source)?.device === link.name;
  if (!isOwn && !skb.meta.loadBalanced) {
    return shoot(run, `${source} is not the address of the Pod behind ${link.name}`, { reason: 'DROP_INVALID_SIP' });
  }
  if (isOwn) trackFromPod(run, readFlow(kernel, skb));
  if (!maps.endpointRoutes || maps.hostRouting) {
    run.lookup.lookups++;
    if (maps.host.addresses.has(destination)) return 'ok';
    const endpoint = maps.endpoints.get(destination);
    if (endpoint) return deliverToPod(run, maps, endpoint, 'container');
  }
  return throughTunnel(run, maps, source, destination) ?? (maps.hostRouting ? outOfCard(run) : 'ok');
}

/** By the host's routes, whose stack gets what they call its own and what they do not know (it answers with an ICMP error). */
function outOfCard(run: ProgramRun): Verdict {
  return redirect(run, 'past the host’s stack') === 'taken' ? 'taken' : 'ok';
}

/** bpf/bpf_overlay.c, handle_ipv4. */
function fromOverlay(run: ProgramRun, maps: DatapathMaps): Verdict {
  run.lookup.lookups++;
  const endpoint = maps.endpoints.get(endsOf(run).destination);
  return endpoint ? deliverToPod(run, maps, endpoint, 'overlay') : deliverToHost(run, maps);
}

/** bpf/bpf_host.c, handle_ipv4_cont: with netfilter in play, answers must not get by it, and so nothing may. */
function fromNetdev(run: ProgramRun, maps: DatapathMaps): Verdict {
  if (!maps.hostRouting) return 'ok';
  run.lookup.lookups++;
  const endpoint = maps.endpoints.get(endsOf(run).destination);
  return endpoint ? deliverToPod(run, maps, endpoint, 'netdev') : 'ok';
}

/** What the host's stack routes into the device that stands for the host: for Pods, or for nobody known. */
function fromHost(run: ProgramRun, maps: DatapathMaps): Verdict {
  const { source, destination } = endsOf(run);
  run.lookup.lookups++;
  if (maps.host.addresses.has(destination)) return 'ok';
  const endpoint = maps.endpoints.get(destination);
  if (endpoint) return deliverToPod(run, maps, endpoint, 'host');
  const sent = throughTunnel(run, maps, source, destination);
  if (sent) return sent;
  run.lookup.lookups++;
  if (maps.ipcache.has(destination)) return 'ok';
  return shoot(run, `nobody is known to have ${destination}`, { reason: 'DROP_UNROUTABLE' });
}

function endsOf({ skb }: ProgramRun): { readonly source: IpAddress; readonly destination: IpAddress } {
  const { source, destination } = new Ipv4View(skb.bytes, skb.networkOffset);
  return { source, destination };
}

/**
 * bpf/lib/encap.h, encap_and_redirect_with_nodeid: the sender's identity goes where a network's number would.
 * @returns undefined when the address is not reached through a tunnel.
 */
function throughTunnel(
  run: ProgramRun,
  maps: DatapathMaps,
  source: IpAddress,
  destination: IpAddress,
): Verdict | undefined {
  const { tunnelDevice, ipcache, tunnels, endpoints } = maps;
  if (tunnelDevice === undefined || endpoints.has(destination)) return undefined;
  run.lookup.lookups++;
  const known = ipcache.get(destination);
  const range = known ? undefined : tunnels.find(({ prefix }) => prefixContains(prefix, destination));
  const remote = known?.host ?? range?.remote;
  if (remote === undefined) return undefined;
  run.lookup.lookups++;
  const { kernel, skb } = run;
  const link = kernel.links.get(tunnelDevice);
  if (!link) return shoot(run, `the tunnel device ${tunnelDevice} is gone`, { reason: 'DROP_NO_TUNNEL_ENDPOINT' });
  // The host itself is to others a remote node.
  const identity = ipcache.get(source)?.identity ?? IDENTITY.remoteNode;
  const note = `through ${tunnelDevice} to ${remote}, with identity ${identity} as VNI`;
  const entry = stateEntry(kernel, ipcacheEntry(range?.prefix ?? hostPrefix(destination)));
  say(run, 'redirect', { entry, helper: 'bpf_redirect', note });
  skb.meta.tunnelKey = { id: identity, remote, ttl: TUNNEL_TTL, tos: 0, checksum: false };
  kernel.stack.transmit(kernel, skb, link);
  return 'taken';
}
