import type { Link } from '../../../datamodel/network/link.ts';
import { otherEnd } from '../device/carrier.ts';
import { receiveAgain } from '../device/receive.ts';
import { type ProgramRun, shoot } from './programRun.ts';

/**
 * Puts the frame onto the ingress of a pair's other end in another namespace (bpf_redirect_peer; Linux: net/core/filter.c,
 * skb_do_redirect): the pair itself never carries it, so that neither tcpdump nor a program at this end's egress sees it, and it
 * waits in no queue. Nobody compares its length with an MTU.
 */
export function redirectPeer(run: ProgramRun, link: Link): 'taken' {
  const { kernel, skb } = run;
  const end = link.kind === 'veth' ? otherEnd(kernel, link) : undefined;
  if (!end || end.kernel === kernel)
    return shoot(run, `${link.name} has no other end in another namespace`, { reason: 'DROP_EP_NOT_READY' });
  const { mark } = skb.meta;
  skb.scrub();
  skb.meta.mark = mark;
  receiveAgain(end.kernel, skb, end.link);
  return 'taken';
}
