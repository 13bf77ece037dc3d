import { BANDWIDTH_PLUGIN } from './bandwidth.ts';
import { BRIDGE_PLUGIN } from './bridge.ts';
import { FIREWALL_PLUGIN } from './firewall.ts';
import { FLANNEL_PLUGIN } from './flannel.ts';
import { HOST_LOCAL_PLUGIN } from './hostLocal.ts';
import { LOOPBACK_PLUGIN } from './loopback.ts';
import type { Plugin } from './plugin.ts';
import { PORTMAP_PLUGIN } from './portmap.ts';
import { PTP_PLUGIN } from './ptp.ts';
import { STATIC_PLUGIN } from './static.ts';
import { TUNING_PLUGIN } from './tuning.ts';

/** What is in /opt/cni/bin, by name. */
export const PLUGINS: ReadonlyMap<string, Plugin> = new Map(
  [
    BANDWIDTH_PLUGIN,
    BRIDGE_PLUGIN,
    FIREWALL_PLUGIN,
    FLANNEL_PLUGIN,
    HOST_LOCAL_PLUGIN,
    LOOPBACK_PLUGIN,
    PORTMAP_PLUGIN,
    PTP_PLUGIN,
    STATIC_PLUGIN,
    TUNING_PLUGIN,
  ].map((plugin) => [plugin.name, plugin]),
);
