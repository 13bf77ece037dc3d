import type { PrintedLine } from '../datamodel/cluster/printed.ts';
import { endpointEntry } from '../datamodel/network/ebpf.ts';
import type { Netns } from '../datamodel/network/netns.ts';
import { compareAddresses, type MacAddress } from '../wire/address.ts';

const TITLES = ['IP ADDRESS', 'LOCAL ENDPOINT INFO'] as const;
/** Between the columns (Go's text/tabwriter, padding 3). */
const PADDING = 3;

/**
 * What `cilium bpf endpoint list` prints of cilium_lxc (pkg/maps/lxcmap): the node's Pods and its own addresses. An endpoint's id is
 * the agent's to draw; here it counts them. The real one's lines have no order.
 */
export function printBpfEndpointList(netns: Netns): readonly PrintedLine[] {
  const program = netns.ebpf?.devices.find(({ type }) => type === 'datapath');
  if (program?.type !== 'datapath') return [];
  const { endpoints, host } = program.paths;
  const indexes = new Map(netns.links.map(({ name, index }) => [name, index]));
  const pods = [...endpoints].map(([address, { device, mac, nodeMac, identity }], i) => {
    const id = `id=${String(i + 1).padEnd(5)} sec_id=${String(identity).padEnd(5)} flags=0x0000`;
    const ifindex = `ifindex=${String(indexes.get(device) ?? 0).padEnd(3)}`;
    return { address, info: `${id} ${ifindex} mac=${upper(mac)} nodemac=${upper(nodeMac)} parent_ifindex=0` };
  });
  const rows = [...pods, ...[...host.addresses].map((address) => ({ address, info: '(localhost)' }))].toSorted((a, b) =>
    compareAddresses(a.address, b.address),
  );
  const width = Math.max(TITLES[0].length, ...rows.map(({ address }) => address.length + 2)) + PADDING;
  return [
    { text: `${TITLES[0].padEnd(width)}${TITLES[1]}` },
    ...rows.map(({ address, info }) => ({
      text: `${`${address}:0`.padEnd(width)}${info}`,
      entry: endpointEntry(address),
    })),
  ];
}

function upper(mac: MacAddress): string {
  return mac.toUpperCase();
}
