import type { Hook } from '../../../datamodel/network/netfilter.ts';
import { ipView } from '../../../wire/ip.ts';
import { IpProtocol } from '../../../wire/ipv4.ts';
import type { Kernel } from '../kernel.ts';
import type { HookVerdict } from '../netfilter/hookFunction.ts';
import { rewriteEnd } from '../netfilter/rewrite.ts';
import { tupleOf } from '../netfilter/tuple.ts';
import type { Skb } from '../skb.ts';
import { serverKey } from './connection.ts';
import { findIpvs } from './connectionTable.ts';
import { informConntrack } from './conntrack.ts';
import { errorFromServer } from './icmp.ts';
import { readIpvsPacket } from './packet.ts';
import { countPacket } from './state.ts';
import { connectionRef } from './transmit.ts';

/** A real server's answer on its way to the client: it becomes the virtual server's (ip_vs_core.c, ip_vs_out_hook). */
export function outgoing(kernel: Kernel, skb: Skb, hook: Hook): HookVerdict {
  if (skb.meta.ipvs) return 'accept';
  const { bytes, networkOffset } = skb;
  if (ipView(bytes, networkOffset).protocol === IpProtocol.icmp) return errorFromServer(kernel, skb, hook);
  const packet = readIpvsPacket(bytes, networkOffset);
  const connection = packet && findIpvs(kernel, serverKey(packet.protocol, packet.source, packet.destination));
  const before = tupleOf(bytes, networkOffset);
  if (connection === undefined || before === undefined) return 'accept';
  const { address, port } = connection.virtual;
  const after = { ...before, source: address, sourcePort: port };
  const changes = rewriteEnd(skb.writable(), networkOffset, after, 'source');
  countPacket(kernel, skb, connection, 'server');
  skb.meta.ipvs = true;
  informConntrack(kernel, skb, connection);
  const detail = { type: 'translate', kind: 'undo-dnat', by: 'ipvs', before, after } as const;
  kernel.world.recorder.step(kernel.id, skb, detail, { hook, changes, entry: connectionRef(kernel, connection) });
  return 'accept';
}
