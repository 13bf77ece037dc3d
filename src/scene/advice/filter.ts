import { before, type Circumstances } from './circumstances.ts';
import { tunnelAdvice } from './tunnel.ts';

/** A table, conntrack or nat ended it. */
export function netfilterAdvice(its: Circumstances): string {
  const { step, here } = its;
  const { because } = step;
  const chain = step.hook ?? 'the chain';
  const policy = /^The policy of (\w+) in the (\w+) table/.exec(because);
  if (policy)
    return `if it should pass, let the policy be so on ${here}: iptables -t ${policy[2]} -P ${policy[1]} ACCEPT, or add a rule that accepts it`;
  if (/same tuple meanwhile/.test(because)) {
    return 'the sender tries again and gets another port; --random-fully makes such clashes rare';
  }
  if (/^A redirect or a damaged error/.test(because))
    return 'nothing is lost: the kernel never passes such an error on through NAT';
  const rule = before(its, 'rule');
  const service = /“(\S+) has no (local )?endpoints”/.exec(because);
  if (service?.[2]) {
    return `the externalTrafficPolicy of ${service[1]} is Local and ${here} runs none of its endpoints: ask a node that does, or set it to Cluster`;
  }
  if (service) {
    return `no endpoint of ${service[1]} is ready: see that the Service's selector matches Pods and that they are Ready (kubectl get endpointslices, kubectl get pods)`;
  }
  if (/“block incoming localnet connections”/.test(because)) {
    return `use an address of the node: its 127.0.0.0/8 is protected by kubelet on purpose`;
  }
  if (rule === undefined)
    return `if it should pass, change the rule of ${chain} on ${here} that says so: iptables-save shows it lit`;
  if (rule.chain === 'KUBE-FORWARD' && rule.outcome === 'DROP') {
    return `let both ways of the connection pass the same node, for conntrack on ${here} calls INVALID what does not follow from what it has seen; or sysctl -w net.netfilter.nf_conntrack_tcp_be_liberal=1`;
  }
  const where = `rule ${rule.position} of ${rule.chain}`;
  return `if it should pass, take ${where} away on ${here} (iptables -t ${rule.table} -D ${rule.chain} ${rule.position}) or accept it in a rule before that`;
}

/** The kernel gives no reason of its own in these places; what it found tells them apart. */
export function unnamedAdvice(its: Circumstances): string {
  const { step, here, device, target } = its;
  const { because } = step;
  const cable = /the other end of (\S+), (\S+) of (\S+), has MTU (\d+)/.exec(because);
  if (cable) {
    const other = its.names.netns(cable[3] ?? '');
    return `both ends of a cable need one MTU: give ${cable[1]} of ${here} the ${cable[4]} of its other end (ip link set ${cable[1]} mtu ${cable[4]}), or raise that of ${cable[2]} on ${other}`;
  }
  const down = /the other end of \S+, (\S+) of (\S+), has gone down/.exec(because);
  if (down) return `set the other end up again: ip link set ${down[1]} up on ${its.names.netns(down[2] ?? '')}`;
  if (/a bridge tells nobody/.test(because)) {
    const small = /(\S+) has MTU (\d+)/.exec(because) ?? /than (\S+) takes \((\d+)\)/.exec(because);
    const limit = small ? ` (${small[2]} at ${small[1]})` : '';
    return `everything on one bridge needs one MTU${limit}: make the sender's smaller, or that of ${device} on ${here} greater, with ip link set … mtu`;
  }
  if (/hairpin flag is off/.test(because)) {
    return `let the port give back what it received: bridge link set dev ${device} hairpin on, on ${here} (hairpinMode in the CNI's bridge configuration)`;
  }
  const tunnel = tunnelAdvice(its);
  if (tunnel !== undefined) return tunnel;
  if (/no carrier/.test(because)) return `set what is at the other end of ${device} up: ip link set … up`;
  const route = before(its, 'route');
  if (route && (route.result === 'blackhole' || route.result === 'unreachable' || route.result === 'prohibit')) {
    return `the ${route.result} route of ${here} for ${target} is there on purpose or left over: ip route get ${route.destination} names it, ip route del ${route.result} removes it`;
  }
  if (/Nobody here listens to the group/.test(because))
    return `a program on ${here} must join the group first (IP_ADD_MEMBERSHIP)`;
  if (/frame's packet is not forwarded/.test(because)) {
    return `only frames for ${here}'s own MAC are forwarded: see why its sender believes in another MAC (ip neigh)`;
  }
  return `the kernel names no reason for this; what it found is said above, and ip -s link show ${device} on ${here} counts it`;
}
