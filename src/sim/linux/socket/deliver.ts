import { IpProtocol, Ipv4View } from '../../../wire/ipv4.ts';
import type { Kernel } from '../kernel.ts';
import { lateParts } from '../lateParts.ts';
import { sctpModule } from '../sctp/module.ts';
import type { Skb } from '../skb.ts';
import { drop } from './record.ts';
import { tcpReceive } from './tcp/receive.ts';
import { udpReceive } from './udpReceive.ts';

/** ip_local_deliver_finish: gives a whole packet that passed INPUT to its protocol (net/ipv4/ip_input.c). */
export function transportReceive(kernel: Kernel, skb: Skb): void {
  const ip = new Ipv4View(skb.bytes, skb.networkOffset);
  switch (ip.protocol) {
    case IpProtocol.icmp:
      lateParts().icmpReceive(kernel, skb);
      return;
    case IpProtocol.udp:
      udpReceive(kernel, skb);
      return;
    case IpProtocol.tcp:
      tcpReceive(kernel, skb);
      return;
    default: {
      const sctp = ip.protocol === IpProtocol.sctp ? sctpModule() : undefined;
      if (sctp) {
        sctp.receive(kernel, skb);
        return;
      }
      if (kernel.stack.tunnelReceive(kernel, skb)) return;
      const error = { type: 3, code: 2 };
      const sent = kernel.stack.icmpSend(kernel, skb, error);
      drop(kernel, skb, 'IP_NOPROTO', `nothing here speaks protocol ${ip.protocol}`, {
        icmp: sent ? error : undefined,
      });
    }
  }
}
