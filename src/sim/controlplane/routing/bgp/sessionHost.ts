import type { BgpInterface, BgpPeer } from '../../../../datamodel/bgp/plan.ts';
import type { BgpSessionState } from '../../../../datamodel/bgp/state.ts';
import type { IpAddress } from '../../../../wire/address.ts';
import type { BgpMessage } from '../../../../wire/bgp.ts';
import type { MainLoop } from './mainLoop.ts';
import type { RouteSources } from './sources.ts';
import type { Table } from './table.ts';
import type { TcpStack } from './tcp.ts';

/** The BIRD that a session is of. */
export interface SessionHost {
  readonly name: string;
  readonly routerId: IpAddress;
  readonly seed: number;
  /** Nanoseconds of virtual time. */
  readonly startedAt: number;
  readonly loop: MainLoop;
  readonly tcp: TcpStack;
  readonly table: Table;
  readonly sources: RouteSources;
  readonly shuttingDown: boolean;
  isUp(device: string): boolean;
  hasCarrier(device: string): boolean;
  interfaceTowards(address: IpAddress): BgpInterface | undefined;
  log(protocol: string, text: string): void;
  sent(peer: BgpPeer, message: BgpMessage): void;
  sessionChanged(peer: BgpPeer, state: BgpSessionState): void;
  sessionDown(): void;
}
