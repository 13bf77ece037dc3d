import type { Kernel } from '../kernel.ts';
import { hasPorts } from '../netfilter/tuple.ts';
import type { Skb } from '../skb.ts';
import type { LiveConnection } from './connection.ts';

/**
 * What conntrack gets to know of a packet that IPVS rewrote: where the connection's answers will come from, or with
 * net.ipv4.vs.conntrack=0 nothing at all (ip_vs_update_conntrack, ip_vs_notrack).
 */
export function informConntrack(_kernel: Kernel, skb: Skb, { tracked, destination }: LiveConnection): void {
  const { meta } = skb;
  const { connection } = meta;
  if (!tracked) {
    if (connection === undefined) return;
    delete meta.connection;
    delete meta.connectionReply;
    meta.connectionState = 'UNTRACKED';
    return;
  }
  if (connection === undefined || connection.confirmed || meta.connectionReply) return;
  const { address: source, port } = destination;
  const sourcePort = hasPorts(connection.reply.protocol) ? port : connection.reply.sourcePort;
  connection.reply = { ...connection.reply, source, sourcePort };
  connection.ipvs = true;
}
