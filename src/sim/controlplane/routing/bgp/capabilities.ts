import type { BgpPeer } from '../../../../datamodel/bgp/plan.ts';
import type { IpAddress } from '../../../../wire/address.ts';
import { AFI_IPV4, type BgpCapability, type BgpFamily, SAFI_UNICAST } from '../../../../wire/bgpCapability.ts';
import { AS_TRANS, type BgpOpen } from '../../../../wire/bgpOpen.ts';

/** BIRD's graceful restart time in seconds. */
export const RESTART_TIME = 120;
const RECEIVE = 1;
const SEND = 2;
const IPV4 = { afi: AFI_IPV4, safi: SAFI_UNICAST };

/** What two speakers agreed on by their OPENs. */
export interface Negotiated {
  /** Seconds; 0 is none. */
  readonly holdTime: number;
  readonly keepaliveTime: number;
  readonly addPathReceive: boolean;
  readonly addPathSend: boolean;
  /** The neighbour's routes may be kept while it restarts. */
  readonly restartReady: boolean;
  /** Seconds that the neighbour wants for that. */
  readonly restartTime: number;
  /** The neighbour kept its forwarding state over the restart that it is back from. */
  readonly forwardingPreserved: boolean;
}

/** The OPEN that BIRD sends, its capabilities in BIRD's order (`bgp_write_capabilities`). */
export function openOf(peer: BgpPeer, routerId: IpAddress): BgpOpen {
  const able = peer.gracefulRestart === 'on';
  const capabilities: BgpCapability[] = [
    { capability: 'multiprotocol', ...IPV4 },
    { capability: 'route-refresh' },
    ...(peer.gracefulRestart === 'off'
      ? []
      : [
          {
            capability: 'graceful-restart' as const,
            restarting: false,
            time: RESTART_TIME,
            families: able ? [{ ...IPV4, forwarding: false }] : [],
          },
        ]),
    { capability: 'as4', as: peer.localAs },
    ...(peer.addPaths ? [{ capability: 'add-path' as const, families: [{ ...IPV4, mode: RECEIVE | SEND }] }] : []),
    { capability: 'enhanced-refresh' },
    ...(peer.gracefulRestart === 'off' ? [] : [{ capability: 'long-lived-graceful-restart' as const, families: [] }]),
  ];
  return {
    type: 'OPEN',
    version: 4,
    as: peer.localAs < 0xffff ? peer.localAs : AS_TRANS,
    holdTime: peer.holdTime,
    identifier: routerId,
    capabilities,
  };
}

/** What is wrong with a neighbour's OPEN, as a NOTIFICATION says it (RFC 4271 section 6.2). */
export function faultOf(
  open: BgpOpen,
  peer: BgpPeer,
  routerId: IpAddress,
): { readonly code: number; readonly subcode: number } | undefined {
  if (open.holdTime > 0 && open.holdTime < 3) return { code: 2, subcode: 6 };
  if (peer.localAs === peer.neighborAs && open.identifier === routerId) return { code: 2, subcode: 3 };
  if ((find(open, 'as4')?.as ?? open.as) !== peer.neighborAs) return { code: 2, subcode: 2 };
  return undefined;
}

/** What follows from a neighbour's OPEN for a session of this configuration (`bgp_rx_open`, `bgp_conn_enter_established_state`). */
export function negotiate(peer: BgpPeer, open: BgpOpen): Negotiated {
  const holdTime = Math.min(peer.holdTime, open.holdTime);
  const keepalive = peer.keepaliveTime
    ? Math.floor((peer.keepaliveTime * holdTime) / peer.holdTime)
    : Math.floor(holdTime / 3);
  const paths = find(open, 'add-path')?.families.find(isIpv4)?.mode ?? 0;
  const restart = find(open, 'graceful-restart');
  const restartFamily = restart?.families.find(isIpv4);
  return {
    holdTime,
    keepaliveTime: holdTime > 0 ? Math.max(1, keepalive) : 0,
    addPathReceive: peer.addPaths && (paths & SEND) !== 0,
    addPathSend: peer.addPaths && (paths & RECEIVE) !== 0,
    restartReady: peer.gracefulRestart !== 'off' && restartFamily !== undefined,
    restartTime: restart?.time ?? 0,
    forwardingPreserved: restartFamily?.forwarding ?? false,
  };
}

function find<Name extends BgpCapability['capability']>(
  open: BgpOpen,
  name: Name,
): Extract<BgpCapability, { readonly capability: Name }> | undefined {
  return open.capabilities.find(
    (capability): capability is Extract<BgpCapability, { readonly capability: Name }> => capability.capability === name,
  );
}

function isIpv4({ afi, safi }: BgpFamily): boolean {
  return afi === AFI_IPV4 && safi === SAFI_UNICAST;
}
