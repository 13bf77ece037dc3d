import { type IpPrefix, ipPrefix } from '../../../../wire/address.ts';
import {
  ACCEPT,
  comment,
  destination,
  jump,
  mark,
  masquerade,
  notDestination,
  notSource,
  RETURN,
  source,
} from '../../netfilter/match.ts';
import { ChainWriter, type Jump, makeRule, type TableChanges } from '../../netfilter/tableChanges.ts';
import type { NetnsParts } from '../../netnsParts.ts';
import type { PlannedNodes } from '../../nodePlan.ts';

const MULTICAST = ipPrefix('224.0.0.0/4');
/** What kube-proxy marks is masqueraded already; flanneld takes its default bit for granted. */
const KUBE_PROXY_MARK = 0x4000;
const MASQ = 'FLANNEL-POSTRTG';
const FORWARD = 'FLANNEL-FWD';

/** flanneld's iptables rules on a node that has leased a subnet (pkg/trafficmngr/iptables/iptables.go). */
export function flannelRules(planned: PlannedNodes, subnet: IpPrefix): NetnsParts {
  const masq = planned.objects.network.flannel.ipMasq ? [masqueradeRules(planned, subnet)] : [];
  return { tables: [forwardRules(planned), ...masq] };
}

/** Lets the Pod network through, whatever FORWARD's policy is. */
function forwardRules({ objects }: PlannedNodes): TableChanges {
  const { network } = objects.network.flannel;
  const note = comment('flanneld forward');
  const filter = new ChainWriter('flanneld', 'filter');
  filter.add(FORWARD, [source(network), note], ACCEPT);
  filter.add(FORWARD, [destination(network), note], ACCEPT);
  const rule = makeRule('flanneld', 'filter', 'FORWARD', [note], jump(FORWARD));
  return { table: 'filter', chains: filter.chains(), jumps: [{ hook: 'FORWARD', place: 'append', rule }] };
}

/** Masquerades what Pods send out of the cluster, and what comes to Pods of other nodes from outside. */
function masqueradeRules({ objects, settings }: PlannedNodes, subnet: IpPrefix): TableChanges {
  const { network } = objects.network.flannel;
  const note = comment('flanneld masq');
  const nat = new ChainWriter('flanneld', 'nat');
  const snat = masquerade(settings.randomFully);
  nat.add(MASQ, [mark(KUBE_PROXY_MARK), note], RETURN);
  nat.add(MASQ, [source(subnet), destination(network), note], RETURN);
  nat.add(MASQ, [source(network), destination(subnet), note], RETURN);
  nat.add(MASQ, [notSource(network), destination(subnet), note], RETURN);
  nat.add(MASQ, [source(network), notDestination(MULTICAST), note], snat);
  nat.add(MASQ, [notSource(network), destination(network), note], snat);
  const jumpRule: Jump = {
    hook: 'POSTROUTING',
    place: 'append',
    rule: makeRule('flanneld', 'nat', 'POSTROUTING', [note], jump(MASQ)),
  };
  return { table: 'nat', chains: nat.chains(), jumps: [jumpRule] };
}
