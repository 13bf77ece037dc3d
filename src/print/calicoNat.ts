import type { PrintedLine } from '../datamodel/cluster/printed.ts';
import type { NatFrontend, NatMaps } from '../datamodel/network/ebpfEndpoint.ts';
import type { Netns } from '../datamodel/network/netns.ts';
import { formatPrefix } from '../wire/address.ts';
import { IpProtocol } from '../wire/ipv4.ts';
import { endpointMapsOf } from './endpointMaps.ts';

/** Of who is in none of a service's source ranges. */
const BLACK_HOLE = -1;

/**
 * What `calico-node -bpf nat dump` prints (felix/cmd/calico-bpf/commands/nat.go): every address of a service with its backends, the
 * node's own first. The real one's lines have no order.
 */
export function printCalicoNat(netns: Netns): readonly PrintedLine[] {
  const nat = endpointMapsOf(netns)?.nat;
  return nat ? [...nat.frontends.values()].flatMap((frontend) => linesOf(frontend, nat)) : [];
}

function linesOf(frontend: NatFrontend, nat: NatMaps): readonly PrintedLine[] {
  const { sources, count } = frontend;
  if (!sources) return [headLine(frontend, count), ...backendLines(frontend, nat)];
  const allowed = sources.flatMap((range) => [
    headLine(frontend, count, ` src ${formatPrefix(range)}`),
    ...backendLines(frontend, nat),
  ]);
  return [...allowed, headLine(frontend, BLACK_HOLE)];
}

function headLine(frontend: NatFrontend, count: number, source = ''): PrintedLine {
  const { address, port, protocol, service, local, id } = frontend;
  const flags = [
    ...(frontend.externalLocal ? ['external-local'] : []),
    ...(frontend.internalLocal ? ['internal-local'] : []),
  ];
  const words = flags.length > 0 ? ` flags ${flags.join(', ')}` : '';
  const near = count === BLACK_HOLE ? 0 : local;
  const text = `${address} port ${port} proto ${IpProtocol[protocol]} id ${service} count ${count} local ${near}${words}${source}`;
  return { text, entry: `fe ${id}` };
}

function backendLines({ id, service, count }: NatFrontend, { backends }: NatMaps): readonly PrintedLine[] {
  return Array.from({ length: count }, (_, ordinal) => {
    const backend = backends.get(`${service} ${ordinal}`);
    const end = backend ? `${backend.address}:${backend.port}` : 'is missing';
    return { text: `\t${service}:${ordinal}\t ${end}`, entry: `fe ${id} ${ordinal}` };
  });
}
