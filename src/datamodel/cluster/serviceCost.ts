import type { ProxyMode } from './command.ts';

/** What a kernel had to do before a new connection's first packet knew its endpoint. */
export interface Effort {
  /** Rules tried. */
  readonly rules: number;
  /** Sets, maps and tables asked for one key. */
  readonly lookups: number;
}

/** What so many Services cost one node in a mode of kube-proxy. */
export interface ServiceCost {
  readonly proxyMode: ProxyMode;
  readonly services: number;
  /** Of each Service. */
  readonly endpoints: number;
  /** To the Service whose rules come last, and to the one in the middle. */
  readonly last: Effort;
  readonly median: Effort;
  /** Rules, map and set elements, virtual and real servers, Service addresses: all that a full sync writes, with the few of other agents. */
  readonly entries: number;
}
