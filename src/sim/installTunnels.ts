import { loadDriver } from './linux/device/driver.ts';
import { geneveReceive } from './linux/geneve/receive.ts';
import { geneveTransmit } from './linux/geneve/transmit.ts';
import { ipipReceive } from './linux/ipip/receive.ts';
import { ipipTransmit } from './linux/ipip/transmit.ts';
import { wireguardReceive } from './linux/wireguard/receive.ts';
import { wireguardTransmit } from './linux/wireguard/transmit.ts';

/** Brings the drivers of tunnels beside VXLAN; a page opens without. */
export function installTunnels(): void {
  loadDriver('geneve', { transmit: geneveTransmit, receive: geneveReceive });
  loadDriver('wireguard', { transmit: wireguardTransmit, receive: wireguardReceive });
  loadDriver('ipip', { transmit: ipipTransmit, receive: ipipReceive });
}
