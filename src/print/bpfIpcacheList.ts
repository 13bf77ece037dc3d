import type { PrintedLine } from '../datamodel/cluster/printed.ts';
import type { Netns } from '../datamodel/network/netns.ts';
import { compareAddresses, type IpAddress } from '../wire/address.ts';

const TITLES = ['IP PREFIX/ADDRESS', 'IDENTITY'] as const;
/** Between the columns (Go's text/tabwriter, padding 3). */
const PADDING = 3;
const NOBODY = '0.0.0.0';

/**
 * What `cilium bpf ipcache list` prints: whose an address is, and through which node's tunnel it is reached. The real one's lines
 * have no order.
 */
export function printBpfIpcacheList(netns: Netns): readonly PrintedLine[] {
  const program = netns.ebpf?.devices.find(({ type }) => type === 'datapath');
  if (program?.type !== 'datapath') return [];
  const { ipcache, endpoints, tunnelDevice } = program.paths;
  const endpointOf = (address: IpAddress, host: IpAddress): string =>
    tunnelDevice === undefined || endpoints.has(address) ? NOBODY : host;
  const rows = [...ipcache]
    .toSorted(([a], [b]) => compareAddresses(a, b))
    .map(([address, { identity, host }]) => ({
      address: `${address}/32`,
      rest: `identity=${identity} encryptkey=0 tunnelendpoint=${endpointOf(address, host)} flags=<none>`,
    }));
  const width = Math.max(TITLES[0].length, ...rows.map(({ address }) => address.length)) + PADDING;
  return [
    { text: `${TITLES[0].padEnd(width)}${TITLES[1]}` },
    ...rows.map(({ address, rest }) => ({ text: `${address.padEnd(width)}${rest}` })),
  ];
}
