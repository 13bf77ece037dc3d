/** What `help` prints: everything that can be typed, with an example of each. */
export const HELP: readonly string[] = [
  'One command at a time, as root; no pipes, no variables. Tab completes.',
  '',
  '  ip address add|del|show      ip addr add 10.9.0.1/24 dev eth0',
  '  ip link set|show             ip link set dev eth0 mtu 1400',
  '  ip neigh add|del|show        ip neigh del 192.168.1.12 dev eth0',
  '  ip route add|del|show|get    ip route get 10.244.2.47',
  '  bridge fdb add|del|show      bridge fdb show dev flannel.1',
  '  bridge link set|show         bridge link set dev veth0 hairpin on',
  '  iptables -A|-I|-D|-F|-L|-S   iptables -I FORWARD -p tcp --dport 8080 -j DROP',
  '  iptables-save [-t TABLE]     iptables-save -t nat',
  '  sysctl [-w]                  sysctl -w net.bridge.bridge-nf-call-iptables=0',
  '  conntrack -L|-D|-F           conntrack -L -p tcp',
  '',
  '  history   the lines typed here      clear   an empty screen',
  '  help      this list',
];
