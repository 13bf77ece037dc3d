import type { PrintedLine } from '../datamodel/cluster/printed.ts';
import type { LbFlags, LbMaps, LbService } from '../datamodel/network/ebpf.ts';
import type { Netns } from '../datamodel/network/netns.ts';

const TITLES = ['SERVICE ADDRESS', 'BACKEND ADDRESS (REVNAT_ID) (SLOT)'] as const;
/** Between the columns (Go's text/tabwriter, padding 3). */
const PADDING = 3;

/**
 * What `cilium bpf lb list` prints of the maps that the namespace's programs read, without the spaces that its lines end in;
 * the real one's lines have no order. Empty where no program has such maps.
 */
export function printBpfLbList(netns: Netns): readonly PrintedLine[] {
  const program = netns.ebpf?.cgroup[0] ?? netns.ebpf?.devices[0];
  if (!program || !('maps' in program) || program.type === 'endpoint') return [];
  const { maps } = program;
  const rows = [...maps.services.values()].flatMap((service) => rowsOf(service, maps));
  const width = rows.reduce((most, { address }) => Math.max(most, address.length), TITLES[0].length) + PADDING;
  return [
    { text: `${TITLES[0].padEnd(width)}${TITLES[1]}` },
    ...rows.map(({ address, backend, entry }) => ({ text: `${address.padEnd(width)}${backend}`, entry })),
  ];
}

interface Row {
  readonly address: string;
  readonly backend: string;
  readonly entry: string;
}

/** The service's own line, slot 0, and one a backend. */
function rowsOf(service: LbService, maps: LbMaps): readonly Row[] {
  const { id, reverseNat } = service;
  const backends = service.slots.map((backendId, i): Row => {
    const backend = maps.backends.get(String(backendId));
    const slot = i + 1;
    const text = backend
      ? `${backend.address}:${backend.port}/${backend.protocol.toUpperCase()} (${reverseNat}) (${slot})`
      : `backend ${backendId} not found`;
    return { address: `${id} (${slot})`, backend: text, entry: `${id} ${slot}` };
  });
  const own = `0.0.0.0:0 (${reverseNat}) (0) [${flagWords(service.flags).join(', ')}]`;
  return [{ address: `${id} (0)`, backend: own, entry: `${id} 0` }, ...backends];
}

/** In the order of ServiceFlags.String (pkg/loadbalancer/loadbalancer.go). */
function flagWords(flags: LbFlags): readonly string[] {
  return [
    flags.type,
    ...(flags.externalLocal ? ['Local'] : []),
    ...(flags.internalLocal ? ['InternalLocal'] : []),
    ...(flags.twoScopes ? ['two-scopes'] : []),
    ...(flags.sessionAffinity ? ['sessionAffinity'] : []),
    ...(flags.routable ? [] : ['non-routable']),
    ...(flags.checkSourceRange ? ['check source-range'] : []),
    ...(flags.dsr ? ['dsr'] : []),
  ];
}
