import type { PrintedLine } from '../datamodel/cluster/printed.ts';
import { IDENTITY, ipcacheEntry } from '../datamodel/network/ebpf.ts';
import type { Netns } from '../datamodel/network/netns.ts';
import {
  compareAddresses,
  formatPrefix,
  hostPrefix,
  type IpAddress,
  type IpPrefix,
  ipPrefix,
} from '../wire/address.ts';

const TITLES = ['IP PREFIX/ADDRESS', 'IDENTITY'] as const;
/** Between the columns (Go's text/tabwriter, padding 3). */
const PADDING = 3;
const NOBODY = '0.0.0.0';
const EVERYBODY = ipPrefix('0.0.0.0/0');

interface Row {
  readonly prefix: IpPrefix;
  readonly identity: number;
  /** The node whose tunnel leads there. */
  readonly tunnel?: IpAddress | undefined;
}

/**
 * What `cilium bpf ipcache list` prints: whose an address is, and through which node's tunnel it is reached; nodes' ranges are there
 * for what has just come and nobody knows. The real one's lines have no order.
 */
export function printBpfIpcacheList(netns: Netns): readonly PrintedLine[] {
  const program = netns.ebpf?.devices.find(({ type }) => type === 'datapath');
  if (program?.type !== 'datapath') return [];
  const { ipcache, endpoints, host, nodes, tunnels, tunnelDevice } = program.paths;
  const through = (remote: IpAddress): IpAddress | undefined => (tunnelDevice === undefined ? undefined : remote);
  const known = [...ipcache].map(([address, { identity, host: node }]): Row => {
    if (host.addresses.has(address)) return { prefix: hostPrefix(address), identity: IDENTITY.host };
    return { prefix: hostPrefix(address), identity, tunnel: endpoints.has(address) ? undefined : through(node) };
  });
  const machines = nodes.map((address): Row => {
    const identity = host.addresses.has(address) ? IDENTITY.host : IDENTITY.remoteNode;
    return { prefix: hostPrefix(address), identity };
  });
  const ranges = tunnels.map(
    ({ prefix, remote }): Row => ({ prefix, identity: IDENTITY.world, tunnel: through(remote) }),
  );
  const rows = [...known, ...machines, ...(tunnelDevice === undefined ? [] : ranges)]
    .toSorted((a, b) => compareAddresses(a.prefix.address, b.prefix.address) || a.prefix.length - b.prefix.length)
    .concat({ prefix: EVERYBODY, identity: IDENTITY.world });
  const width = Math.max(TITLES[0].length, ...rows.map(({ prefix }) => formatPrefix(prefix).length)) + PADDING;
  return [
    { text: `${TITLES[0].padEnd(width)}${TITLES[1]}` },
    ...rows.map(({ prefix, identity, tunnel }) => ({
      text: `${formatPrefix(prefix).padEnd(width)}identity=${identity} encryptkey=0 tunnelendpoint=${tunnel ?? NOBODY} flags=${
        tunnel === undefined ? '<none>' : 'hastunnel'
      }`,
      entry: ipcacheEntry(prefix),
    })),
  ];
}
