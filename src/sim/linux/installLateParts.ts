import { changeKernels } from './change.ts';
import { splitPacket } from './ip/fragment.ts';
import { icmpSend } from './ip/icmpSend.ts';
import { defragment } from './ip/reassemble.ts';
import { listIpvs, restoreIpvs } from './ipvs/connectionTable.ts';
import { loadLateParts } from './lateParts.ts';
import { sendRejection } from './netfilter/reject.ts';
import { dnsSocket } from './program/dnsServer.ts';
import { identifyDatagrams } from './program/identifyDatagrams.ts';
import { startPing } from './program/ping.ts';
import { resolveName } from './program/resolver.ts';
import { startUdp } from './program/udpClient.ts';
import { icmpReceive } from './socket/icmp.ts';

/** Brings all that the request does without with which a page opens. */
export function installLateParts(): void {
  loadLateParts({
    icmpSend,
    defragment,
    splitPacket,
    sendRejection,
    icmpReceive,
    identifyDatagrams,
    dnsSocket,
    startPing,
    startUdp,
    resolveName,
    changeKernels,
    restoreIpvs,
    listIpvs,
  });
}
