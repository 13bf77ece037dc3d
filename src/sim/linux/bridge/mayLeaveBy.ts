import type { Link } from '../../../datamodel/network/link.ts';
import { hasCarrier } from '../device/carrier.ts';
import type { Kernel } from '../kernel.ts';
import type { PortLink } from './ports.ts';

/** Whether a frame that came in by `input` may leave by `port` (Linux: net/bridge/br_forward.c, should_deliver). */
export function mayLeaveBy(kernel: Kernel, port: PortLink, input: Link | undefined): boolean {
  return hasCarrier(kernel, port) && (port.name !== input?.name || port.port.hairpin);
}
