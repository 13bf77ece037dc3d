import type { Sysctls } from '../../datamodel/network/netns.ts';

/** What a namespace's kernel starts with, as sysctl prints it. */
export const KERNEL_DEFAULTS: Sysctls = {
  'net.ipv4.ip_forward': '0',
  'net.ipv4.ip_default_ttl': '64',
  'net.ipv4.conf.all.rp_filter': '0',
  'net.ipv4.conf.all.route_localnet': '0',
  'net.ipv4.ip_local_port_range': '32768\t60999',
  'net.ipv4.ip_no_pmtu_disc': '0',
  'net.ipv4.icmp_errors_use_inbound_ifaddr': '0',
  'net.bridge.bridge-nf-call-iptables': '0',
  'net.netfilter.nf_conntrack_tcp_be_liberal': '0',
};
