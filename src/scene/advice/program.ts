import { before, type Circumstances } from './circumstances.ts';

/** What would mend a drop by an eBPF program, by what the program itself calls it. */
export function programAdvice(its: Circumstances): string {
  const { here, device, length, target } = its;
  const reason = before(its, 'program')?.reason;
  switch (reason) {
    case 'DROP_TTL_EXCEEDED':
      return 'send it with more hops (ping -t): programs take one each time they hand a packet on, and none of them answers, so that traceroute sees nothing here';
    case 'DROP_NO_FIB':
      return `give ${here} a route to ${target} that takes ${length} bytes (ip route get shows which it has): programs neither fragment nor answer`;
    case 'DROP_UNROUTABLE':
      return `nobody has ${target}: cilium bpf endpoint list and cilium bpf ipcache list on ${here} show who is known`;
    case 'DROP_INVALID_SIP':
      return `send from the address that the Pod was given: cilium bpf endpoint list on ${here} has it`;
    case 'DROP_NO_TUNNEL_ENDPOINT':
    case 'DROP_EP_NOT_READY':
      return `the device that its map names is gone from ${here}: put it back, or let the agent make it again`;
    case 'DROP_NAT_NO_MAPPING':
      return `all ports of ${here} towards ${target} are taken: cilium bpf nat list shows by whom`;
    case 'DROP_NAT_UNSUPP_PROTO':
    case 'DROP_INVALID':
      return `only pings in one piece are masqueraded by eBPF: send a smaller one, or ask ${target} by TCP or UDP`;
    case 'DROP_IS_CLUSTER_IP':
      return 'ask for the NodePort or the load balancer of the Service: from outside its ClusterIP is nobody’s';
    case 'DROP_NOT_IN_SRC_RANGE':
      return 'add the sender’s range to spec.loadBalancerSourceRanges of the Service';
    default:
      return `the eBPF program at ${device} of ${here} says so: cilium bpf lb list there shows what it knows`;
  }
}
