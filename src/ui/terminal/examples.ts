import type { ClusterView } from '../../datamodel/cluster/view.ts';
import type { NetnsId } from '../../datamodel/network/netnsId.ts';

/** Lines worth trying in a namespace, with its own neighbours' names in them. */
export function examples(view: ClusterView | undefined, netns: NetnsId): readonly string[] {
  if (!view) return [];
  if (view.nodes.some((node) => node.netns === netns)) {
    const others = view.nodes.filter((node) => node.netns !== netns);
    const [other] = others.flatMap(({ podBlocks, podCidr }) => podBlocks ?? podCidr ?? []);
    return ['ip route', ...(other ? [`ip route del ${other}`] : []), 'sysctl -w net.bridge.bridge-nf-call-iptables=0'];
  }
  if (view.outside.some((host) => host.netns === netns))
    return ['ip route', 'ip neigh', 'ip link set dev eth0 mtu 1400'];
  const router = view.underlay.routers.find((each) => each.netns === netns);
  if (router) {
    const port = router.devices.find(({ kind }) => kind === 'physical');
    return ['ip route', 'ip neigh', ...(port ? [`ip link set ${port.name} down`] : [])];
  }
  const own = view.pods.find((pod) => pod.netns === netns)?.node;
  const far = view.pods.find((pod) => !pod.hostNetwork && pod.address !== undefined && pod.node !== own);
  return [
    'ip addr',
    ...(far ? [`ip route get ${far.address}`] : ['ip route']),
    'iptables -A OUTPUT -p tcp --dport 80 -j DROP',
  ];
}
