import { agentOf, mendRoutes } from './agent.ts';
import { before, type Circumstances, isPod, isPodAddress, isServiceAddress } from './circumstances.ts';

/** No table line leads on. */
export function routeAdvice(its: Circumstances): string {
  const { here, target, destination, names, step } = its;
  const wanted = destination ?? 'the destination';
  if (isPodAddress(names, destination)) {
    return isPod(step.netns)
      ? `the Pod's own default route is missing: on ${here}, ip route add default via the bridge's address`
      : `give ${here} a route to the network of ${target}: ${mendRoutes(names.cni)}`;
  }
  if (isServiceAddress(names, destination)) {
    return `rules of kube-proxy should have rewritten ${wanted} before this lookup: see whether iptables-save -t nat on ${here} has them`;
  }
  return `give ${here} a route that covers ${wanted}, or a default route: ip route add default via its gateway; ip route get ${wanted} shows what it finds`;
}

/** A packet that is longer than what comes next. */
export function tooBigAdvice(its: Circumstances): string {
  const { step, here, length } = its;
  if (/beyond the longest possible packet/.test(step.because)) {
    return 'nothing here is to be mended: its sender makes fragments that no packet can have, as in a "ping of death"';
  }
  const mtu = step.icmp?.mtu ?? Number(/(?:MTU of|path takes) (\d+)/.exec(step.because)?.[1]);
  const most = Number.isFinite(mtu) ? `${mtu} bytes` : 'what the path takes';
  if (step.icmp) {
    return `its sender learns ${most} from the ICMP error and sends smaller packets if no firewall takes the error away; a Pod's eth0 that has the MTU of the path (ip link set eth0 mtu ${Number.isFinite(mtu) ? mtu : 'N'}) never meets this`;
  }
  if (/socket forbids fragments/.test(step.because)) {
    return `send at most ${most} a packet (this one has ${length}), or let the socket fragment: IP_MTU_DISCOVER without IP_PMTUDISC_DO`;
  }
  return `no error could be sent, so let ${here} and the sender agree on ${most}: ip link set ${its.device} mtu ${length} here, or a smaller MTU at the sender`;
}

/** The same reason for a broken header and for a TTL that is used up. */
export function headerAdvice(its: Circumstances): string {
  if (/^The TTL of/.test(its.step.because)) {
    return its.step.icmp
      ? `send it with a greater TTL (Linux begins with 64); traceroute does this on purpose, and if the TTL was great, look for a routing loop that ${its.here} is part of`
      : `send it with a greater TTL (Linux begins with 64), and if it was great, look for a routing loop that ${its.here} is part of`;
  }
  return `its sender writes an IPv4 header that cannot be read: look at the bytes, nothing on ${its.here} can mend it`;
}

export function sourceAdvice(its: Circumstances): string {
  const { here, device, source } = its;
  return `let the route back to ${source ?? 'its source'} leave by ${device} too, or be less strict there: sysctl -w net.ipv4.conf.${deviceKey(device)}.rp_filter=2 on ${here}; the greater of "all" and the device's own counts`;
}

export function localNetAdvice({ here, device }: Circumstances): string {
  return `use an address that ${here} has on its network, for 127.0.0.0/8 stays inside a host; or allow it with sysctl -w net.ipv4.conf.${deviceKey(device)}.route_localnet=1, as kube-proxy does for NodePorts on localhost`;
}

export function notForwardingAdvice({ here, device, target, destination, trace, step, names }: Circumstances): string {
  const sent = trace.hops
    .flatMap((hop) => hop.steps)
    .findLast((each) => each.id < step.id && each.netns !== step.netns && each.type === 'route');
  if (sent?.type === 'route' && sent.via !== undefined) {
    const sender = names.netns(sent.netns);
    const mend = isPodAddress(names, destination) ? ` (${mendRoutes(names.cni)})` : '';
    return `${sender} sends to ${target} by ${sent.via}, which forwards nothing: give ${sender} a better route${mend}, or let ${here} forward (sysctl -w net.ipv4.ip_forward=1)`;
  }
  return `let ${here} forward: sysctl -w net.ipv4.ip_forward=1 (for ${device} alone net.ipv4.conf.${deviceKey(device)}.forwarding=1); or send to ${target} by somebody who does`;
}

/** Nobody answers ARP. */
export function neighborAdvice(its: Circumstances): string {
  const { here, device, names } = its;
  const asked = before(its, 'neighbor')?.address ?? its.destination;
  const known = asked === undefined ? undefined : names.address(asked);
  const who = asked ?? 'the next hop';
  if (known !== undefined) {
    return `${known} should have this address: see whether its device is up and in the same network as ${device} (ip addr, ip link), or write the entry by hand: ip neigh add ${who} lladdr MAC dev ${device} on ${here}`;
  }
  return `nobody on ${device} has this address: correct ${who} at the sender, or where it is the next hop of a tunnel's route, let ${agentOf(names.cni) ?? 'whoever made the tunnel'} write its permanent entry again (ip neigh add ${who} lladdr MAC dev ${device} nud permanent)`;
}

export function deviceKey(device: string): string {
  // sysctl's own way to write a name with dots
  return device.replaceAll('.', '/');
}
