import { chance } from '../../../base/chance.ts';
import type { Protocol } from '../../../datamodel/kubernetes/objectMeta.ts';

/**
 * Hands out node ports. One number may serve two protocols of one Service, never two Services.
 *
 * Source imitated: pkg/registry/core/service/portallocator, storage/alloc.go.
 */
export class NodePortAllocator {
  private readonly low: number;
  private readonly high: number;
  private readonly seed: number;
  private readonly owners = new Map<number, string>();

  constructor([low, high]: readonly [number, number], seed: number) {
    this.low = low;
    this.high = high;
    this.seed = seed;
  }

  /** @returns why the port cannot be had. */
  reserve(port: number, service: string): string | undefined {
    if (port < this.low || port > this.high) {
      return `provided port is not in the valid range. The range of valid ports is ${this.low}-${this.high}`;
    }
    const owner = this.owners.get(port);
    if (owner !== undefined && owner !== service) return 'provided port is already allocated';
    this.owners.set(port, service);
    return undefined;
  }

  /** @returns undefined when all ports are taken. */
  allocate(service: string, protocol: Protocol | 'health', port: number): number | undefined {
    const size = this.high - this.low + 1;
    // The lowest ports are left to those who ask for a certain one (KEP-3668).
    const reserved = size <= 16 ? 0 : Math.min(Math.max(16, Math.floor(size / 32)), 128);
    const start = reserved + (chance(this.seed, 'node-port', service, protocol, port) % Math.max(1, size - reserved));
    for (let step = 0; step < size; step++) {
      const candidate = this.low + ((start + step) % size);
      if (this.owners.has(candidate)) continue;
      this.owners.set(candidate, service);
      return candidate;
    }
    return undefined;
  }
}
