import type { Route } from '../../datamodel/network/tables.ts';
import type { IpAddress } from '../../wire/address.ts';

/** What a lookup found: the line that decided and what follows from it. */
export interface RouteResult {
  readonly route: Route;
  readonly dev: string;
  /** The neighbour to send to: the gateway, or the destination itself on a connected route. */
  readonly nextHop: IpAddress;
  /** Source address selection's answer (prefsrc, or an address of the device by scope). */
  readonly source: IpAddress | undefined;
}
