/** One sysctl that a namespace's kernel has. */
export interface SysctlEntry {
  /** What it is before anybody writes it. */
  readonly initial: string;
  /** Absent: it can be read here, but nothing in this simulation would obey another value. */
  readonly write?: SysctlDomain;
}

export type SysctlDomain =
  | { readonly type: 'integer'; readonly low: number; readonly high: number }
  /** Any number that is not 0 is kept as 1. */
  | { readonly type: 'switch' }
  /** Two ports, the lower first. */
  | { readonly type: 'portRange' };

const INT: SysctlDomain = { type: 'integer', low: -(2 ** 31), high: 2 ** 31 - 1 };
const NATURAL: SysctlDomain = { type: 'integer', low: 0, high: 2 ** 31 - 1 };

function obeyed(initial: string, write: SysctlDomain = INT): SysctlEntry {
  return { initial, write };
}

/** What `net.ipv4.conf.DEVICE.` has, and `all` and `default` (Linux 6.18: net/ipv4/devinet.c). */
const CONF: ReadonlyMap<string, SysctlEntry> = new Map([
  ['accept_local', obeyed('0')],
  ['accept_redirects', { initial: '1' }],
  ['accept_source_route', { initial: '0' }],
  ['arp_accept', obeyed('0')],
  ['arp_announce', obeyed('0')],
  ['arp_filter', { initial: '0' }],
  ['arp_ignore', obeyed('0')],
  ['arp_notify', { initial: '0' }],
  ['forwarding', obeyed('0')],
  ['ignore_routes_with_linkdown', { initial: '0' }],
  ['log_martians', { initial: '0' }],
  ['promote_secondaries', obeyed('0')],
  ['proxy_arp', obeyed('0')],
  ['route_localnet', obeyed('0')],
  ['rp_filter', obeyed('0')],
  ['secure_redirects', { initial: '1' }],
  ['send_redirects', obeyed('1')],
  ['shared_media', obeyed('1')],
  ['src_valid_mark', { initial: '0' }],
]);

/** What `net.ipv4.neigh.DEVICE.` has (net/core/neighbour.c); only the first namespace has `default`. */
const NEIGH: ReadonlyMap<string, SysctlEntry> = new Map([
  ['app_solicit', { initial: '0' }],
  ['base_reachable_time_ms', { initial: '30000' }],
  ['delay_first_probe_time', { initial: '5' }],
  ['gc_stale_time', { initial: '60' }],
  ['locktime', { initial: '100' }],
  ['mcast_solicit', obeyed('3', NATURAL)],
  ['proxy_delay', obeyed('80', NATURAL)],
  ['retrans_time_ms', obeyed('1000', NATURAL)],
  ['ucast_solicit', { initial: '3' }],
  ['unres_qlen', { initial: '101' }],
]);

const CONNTRACK_TIMEOUTS: Readonly<Record<string, number>> = {
  generic: 600,
  icmp: 30,
  tcp_timeout_close: 10,
  tcp_timeout_close_wait: 60,
  tcp_timeout_established: 432_000,
  tcp_timeout_fin_wait: 120,
  tcp_timeout_last_ack: 30,
  tcp_timeout_max_retrans: 300,
  tcp_timeout_syn_recv: 60,
  tcp_timeout_syn_sent: 120,
  tcp_timeout_time_wait: 120,
  tcp_timeout_unacknowledged: 300,
  udp: 30,
  udp_timeout_stream: 120,
};

const FLAG: SysctlDomain = { type: 'integer', low: 0, high: 1 };

/** What `net.ipv4.vs.` has, once IPVS is loaded (net/netfilter/ipvs/ip_vs_ctl.c, vs_vars). */
const IPVS: Readonly<Record<string, SysctlEntry>> = {
  am_droprate: { initial: '10' },
  amemthresh: { initial: '1024' },
  backup_only: { initial: '0' },
  cache_bypass: { initial: '0' },
  conn_reuse_mode: obeyed('1', { type: 'integer', low: 0, high: 3 }),
  conntrack: obeyed('0', FLAG),
  drop_entry: { initial: '0' },
  drop_packet: { initial: '0' },
  expire_nodest_conn: obeyed('0', FLAG),
  expire_quiescent_template: obeyed('0', FLAG),
  ignore_tunneled: { initial: '0' },
  nat_icmp_send: { initial: '0' },
  pmtu_disc: { initial: '1' },
  run_estimation: { initial: '1' },
  schedule_icmp: { initial: '0' },
  secure_tcp: { initial: '0' },
  sloppy_sctp: { initial: '0' },
  sloppy_tcp: obeyed('0', FLAG),
  snat_reroute: { initial: '1' },
  sync_persist_mode: { initial: '0' },
  sync_ports: { initial: '1' },
  sync_qlen_max: { initial: '30513' },
  sync_refresh_period: { initial: '0' },
  sync_retries: { initial: '0' },
  sync_sock_size: { initial: '0' },
  sync_threshold: { initial: '3\t50' },
  sync_version: { initial: '1' },
};

const PLAIN: ReadonlyMap<string, SysctlEntry> = new Map([
  ['net.bridge.bridge-nf-call-arptables', { initial: '1' }],
  ['net.bridge.bridge-nf-call-ip6tables', { initial: '1' }],
  ['net.bridge.bridge-nf-call-iptables', obeyed('1', { type: 'switch' })],
  ['net.ipv4.fib_multipath_hash_policy', obeyed('0', { type: 'integer', low: 0, high: 1 })],
  ['net.ipv4.icmp_echo_ignore_all', obeyed('0', { type: 'integer', low: 0, high: 1 })],
  ['net.ipv4.icmp_echo_ignore_broadcasts', { initial: '1' }],
  ['net.ipv4.icmp_errors_use_inbound_ifaddr', obeyed('0', { type: 'integer', low: 0, high: 1 })],
  ['net.ipv4.icmp_ratelimit', obeyed('1000', NATURAL)],
  ['net.ipv4.icmp_ratemask', obeyed('6168')],
  ['net.ipv4.ip_default_ttl', obeyed('64', { type: 'integer', low: 1, high: 255 })],
  ['net.ipv4.ip_forward', obeyed('0')],
  ['net.ipv4.ip_forward_use_pmtu', obeyed('0', { type: 'integer', low: 0, high: 255 })],
  ['net.ipv4.ip_local_port_range', obeyed('32768\t60999', { type: 'portRange' })],
  ['net.ipv4.ip_no_pmtu_disc', { initial: '0' }],
  ['net.ipv4.ip_nonlocal_bind', { initial: '0' }],
  ['net.ipv4.route.min_pmtu', obeyed('552', { type: 'integer', low: 68, high: 2 ** 31 - 1 })],
  ['net.ipv4.route.mtu_expires', obeyed('600', NATURAL)],
  ['net.ipv4.tcp_mtu_probing', { initial: '0' }],
  ['net.ipv4.tcp_syn_retries', { initial: '6' }],
  ['net.netfilter.nf_conntrack_tcp_be_liberal', obeyed('0', { type: 'integer', low: 0, high: 1 })],
  ['net.netfilter.nf_conntrack_tcp_loose', obeyed('1', { type: 'integer', low: 0, high: 1 })],
  ['net.netfilter.nf_conntrack_tcp_max_retrans', obeyed('3', { type: 'integer', low: 0, high: 255 })],
  ...Object.entries(IPVS).map(([name, entry]) => [`net.ipv4.vs.${name}`, entry] as const),
  ...Object.entries(CONNTRACK_TIMEOUTS).map(
    ([name, seconds]) =>
      [
        `net.netfilter.nf_conntrack_${name.includes('timeout') ? name : `${name}_timeout`}`,
        obeyed(String(seconds), NATURAL),
      ] as const,
  ),
]);

/**
 * A sysctl by the name that sysctl prints. @param devices the namespace's.
 * @returns undefined when its kernel has no such file.
 */
export function sysctlEntry(name: string, devices: Iterable<string>): SysctlEntry | undefined {
  const plain = PLAIN.get(name);
  if (plain) return plain;
  const parts = name.split('.');
  const [net, ipv4, folder, device, leaf] = parts;
  if (net !== 'net' || ipv4 !== 'ipv4' || parts.length !== 5 || device === undefined || leaf === undefined)
    return undefined;
  const written = device.replaceAll('/', '.');
  const known = [...devices].includes(written);
  if (folder === 'conf') {
    const entry = known || device === 'all' || device === 'default' ? CONF.get(leaf) : undefined;
    const yes = leaf === 'accept_source_route' && device !== 'all';
    return yes && entry ? { ...entry, initial: '1' } : entry;
  }
  return folder === 'neigh' && known ? NEIGH.get(leaf) : undefined;
}

/** All names that a namespace with these devices has, sorted. */
export function sysctlNames(devices: Iterable<string>): readonly string[] {
  const written = [...devices].map((device) => device.replaceAll('.', '/'));
  return [
    ...PLAIN.keys(),
    ...['all', 'default', ...written].flatMap((device) =>
      [...CONF.keys()].map((leaf) => `net.ipv4.conf.${device}.${leaf}`),
    ),
    ...written.flatMap((device) => [...NEIGH.keys()].map((leaf) => `net.ipv4.neigh.${device}.${leaf}`)),
  ].sort();
}

/**
 * What a sysctl reads as: what was written, or what the kernel makes of what was written elsewhere (`all`, `default`).
 *
 * @param written by the names that sysctl prints.
 */
export function sysctlValue(
  written: Readonly<Record<string, string>>,
  name: string,
  devices: Iterable<string>,
): string | undefined {
  const entry = sysctlEntry(name, devices);
  if (entry === undefined) return undefined;
  if (Object.hasOwn(written, name)) return written[name];
  const [, , folder, device, leaf] = name.split('.');
  if (folder === 'conf' && leaf === 'forwarding') {
    return written['net.ipv4.ip_forward'] ?? written['net.ipv4.conf.all.forwarding'] ?? entry.initial;
  }
  if (folder === 'conf' && device !== 'all' && device !== 'default') {
    return written[`net.ipv4.conf.default.${leaf}`] ?? entry.initial;
  }
  return entry.initial;
}
