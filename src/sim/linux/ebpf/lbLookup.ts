import {
  type LbBackend,
  type LbFrontend,
  type LbMaps,
  type LbService,
  lbServiceId,
} from '../../../datamodel/network/ebpf.ts';
import type { IpAddress } from '../../../wire/address.ts';
import { ipv4ToNumber, prefixContains } from '../../../wire/address.ts';
import type { SocketEnd } from '../kernel.ts';

const SURROGATE = '0.0.0.0' as IpAddress;

/** One run of a program over the load-balancing maps, with the lookups counted. */
export class LbLookup {
  lookups = 0;
  readonly maps: LbMaps;

  constructor(maps: LbMaps) {
    this.maps = maps;
  }

  /**
   * The service of a destination (bpf/lib/lb.h, lb4_lookup_service).
   * @param eastWest asked for inside the cluster: where the traffic policies differ, the internal scope answers.
   */
  service(key: LbFrontend, eastWest: boolean): LbService | undefined {
    const found = this.entry(key, 'external');
    return eastWest && found?.flags.twoScopes ? this.entry(key, 'internal') : found;
  }

  /** A socket's destination: the service itself, or a NodePort on any node's address (bpf/bpf_sock.c). */
  ofSocket(key: LbFrontend, hostNamespace: boolean): LbService | undefined {
    const direct = this.service(key, true);
    if (direct) return direct;
    const { from, to } = this.maps.nodePorts;
    if (key.port < from || key.port > to) return undefined;
    const loopback = ipv4ToNumber(key.address) >>> 24 === 127;
    if (!(hostNamespace && loopback) && this.identity(key.address) === undefined) return undefined;
    const surrogate = this.service({ ...key, address: SURROGATE }, true);
    return surrogate?.flags.type === 'NodePort' ? surrogate : undefined;
  }

  backend(id: number): LbBackend | undefined {
    this.lookups++;
    return this.maps.backends.get(String(id));
  }

  slot(service: LbService, slot: number): number | undefined {
    this.lookups++;
    return service.slots[slot - 1];
  }

  /** The backend that a connection remembers, as long as it is one of the service's, chosen for new connections or not. */
  stillThere(service: LbService, { address, port }: SocketEnd): LbBackend | undefined {
    this.lookups++;
    for (const id of service.slots) {
      const backend = this.maps.backends.get(String(id));
      if (backend?.address === address && backend.port === port) return backend;
    }
    return undefined;
  }

  reverseNat(index: number): SocketEnd | undefined {
    this.lookups++;
    return this.maps.reverseNat.get(String(index));
  }

  maglev(service: LbService, hash: number): number | undefined {
    this.lookups += 2;
    const table = this.maps.maglev.get(String(service.reverseNat));
    return table && table.length > 0 ? table[hash % table.length] : undefined;
  }

  /** How many places of the lookup table each backend has, by its id; no look-up of a program's. */
  maglevShares(service: LbService): ReadonlyMap<number, number> {
    const shares = new Map<number, number>();
    for (const id of this.maps.maglev.get(String(service.reverseNat)) ?? []) shares.set(id, (shares.get(id) ?? 0) + 1);
    return shares;
  }

  /** Whether a source may ask (lb4_src_range_ok). */
  sourceAllowed(service: LbService, source: IpAddress): boolean {
    if (!service.flags.checkSourceRange) return true;
    this.lookups++;
    const ranges = this.maps.sourceRanges.get(String(service.reverseNat)) ?? [];
    return ranges.some((range) => prefixContains(range, source));
  }

  identity(address: IpAddress): 'host' | 'remote-node' | undefined {
    this.lookups++;
    return this.maps.identities.get(address);
  }

  isLocal(address: IpAddress): boolean {
    this.lookups++;
    return this.maps.endpoints.has(address);
  }

  private entry(key: LbFrontend, scope: LbService['scope']): LbService | undefined {
    this.lookups++;
    return this.maps.services.get(lbServiceId(key, scope));
  }
}
