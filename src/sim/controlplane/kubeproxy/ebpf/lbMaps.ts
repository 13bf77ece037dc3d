import { once } from '../../../../base/kept.ts';
import {
  type LbBackend,
  type LbFrontend,
  type LbMaps,
  type LbService,
  lbServiceId,
} from '../../../../datamodel/network/ebpf.ts';
import type { PortRange, TransportName } from '../../../../datamodel/network/netfilter.ts';
import type { Catalogue } from '../../../../datamodel/network/nftables.ts';
import type { IpAddress, IpPrefix } from '../../../../wire/address.ts';
import type { ServicePortInfo } from '../servicePort.ts';
import { BackendIds, orderedSlots } from './backends.ts';
import {
  type Frontend,
  flagsOf,
  hostPortFrontends,
  nodePortFrontends,
  sharedFrontends,
  wantsLocal,
} from './frontends.ts';
import { maglevTable } from './maglev.ts';

/** What one node has of its own. */
export interface LbNode {
  readonly name: string;
  /** Where its NodePorts are. */
  readonly nodePortAddresses: readonly IpAddress[];
  readonly endpoints: ReadonlySet<IpAddress>;
  readonly identities: ReadonlyMap<IpAddress, 'host' | 'remote-node'>;
}

export interface LbOptions {
  readonly nodePorts: PortRange;
  readonly usesDsr: (protocol: TransportName) => boolean;
  readonly maglev: boolean;
  /** The agent works beside kube-proxy. */
  readonly clusterIpsOnly?: boolean;
}

/**
 * The maps that Cilium's agent writes on each node (pkg/loadbalancer/reconciler/bpf_reconciler.go). Reverse NAT indexes are
 * counted over the frontends that all nodes have, then over a node's own; elements are made when they are first asked for.
 */
export function lbMapsCompiler(all: readonly ServicePortInfo[], options: LbOptions): (node: LbNode) => LbMaps {
  // `sctp.enabled` is off by default.
  const services = all.filter(({ protocol }) => protocol !== 'sctp');
  const isOurs = ({ type }: Frontend): boolean => type === 'ClusterIP' || !options.clusterIpsOnly;
  const shared = indexed(services.flatMap(sharedFrontends).filter(isOurs), 1);
  const backendIds = once(() => new BackendIds(services));
  return (node) => {
    const own = indexed(
      node.nodePortAddresses.flatMap((address) =>
        services.flatMap((service) => [
          ...nodePortFrontends(service, address),
          ...hostPortFrontends(service, node.name, address),
        ]),
      ),
      shared.list.length + 1,
    );
    const find = (id: string): Numbered | undefined => own.byId.get(id) ?? shared.byId.get(id);
    const at = (index: number): Numbered | undefined =>
      shared.list[index - 1] ?? own.list[index - 1 - shared.list.length];
    const every = (): readonly Numbered[] => [...shared.list, ...own.list];
    const make = (front: Numbered): LbService => serviceEntry(front, node, backendIds(), options);
    const entries = new Map<string, LbService>();
    const entry = (front: Numbered): LbService => {
      const made = entries.get(front.id) ?? make(front);
      entries.set(front.id, made);
      return made;
    };
    const tables = new Map<string, Uint32Array>();
    return {
      services: {
        get: (id) => {
          const front = find(id);
          return front && entry(front);
        },
        values: () => every().map(entry),
      },
      backends: {
        get: (id) => backendIds().backend(Number(id)),
        values: () => backendIds().all(),
      },
      reverseNat: byIndex(at, every, ({ front }): LbFrontend => front),
      sourceRanges: byIndex(at, every, ({ front }): readonly IpPrefix[] => front.service.sourceRanges),
      maglev: byIndex(at, every, (numbered): Uint32Array | undefined => {
        if (!options.maglev || !flagsOf(numbered.front, options.usesDsr).routable) return undefined;
        const table = tables.get(numbered.id) ?? lookupTable(entry(numbered), backendIds());
        tables.set(numbered.id, table);
        return table;
      }),
      endpoints: node.endpoints,
      identities: node.identities,
      nodePorts: options.nodePorts,
    };
  };
}

interface Numbered {
  readonly id: string;
  readonly index: number;
  readonly front: Frontend;
}

/** Two services may claim one address and port: the first has it. */
function indexed(
  frontends: readonly Frontend[],
  from: number,
): { readonly list: readonly Numbered[]; readonly byId: ReadonlyMap<string, Numbered> } {
  const byId = new Map<string, Numbered>();
  for (const front of frontends) {
    const id = lbServiceId(front, front.scope);
    if (!byId.has(id)) byId.set(id, { id, index: from + byId.size, front });
  }
  return { list: [...byId.values()], byId };
}

function serviceEntry({ id, index, front }: Numbered, node: LbNode, ids: BackendIds, options: LbOptions): LbService {
  const { service, address, port, protocol, scope } = front;
  const { slots, count } = orderedSlots(service, wantsLocal(front) ? node.name : undefined);
  return {
    id,
    address,
    port,
    protocol,
    scope,
    reverseNat: index,
    flags: flagsOf(front, options.usesDsr),
    slots: slots.map((index) => ids.of(service, index)),
    count,
    ...(service.affinitySeconds !== undefined && { affinitySeconds: service.affinitySeconds }),
  };
}

function lookupTable({ slots, count }: LbService, ids: BackendIds): Uint32Array {
  const chosen = slots.slice(0, count).flatMap((id): readonly LbBackend[] => {
    const backend = ids.backend(id);
    return backend ? [backend] : [];
  });
  return maglevTable(chosen);
}

function byIndex<T>(
  at: (index: number) => Numbered | undefined,
  all: () => readonly Numbered[],
  read: (numbered: Numbered) => T | undefined,
): Catalogue<T> {
  return {
    get: (index) => {
      const found = at(Number(index));
      return found && read(found);
    },
    values: () => all().flatMap((numbered) => read(numbered) ?? []),
  };
}
