import { chance } from '../base/chance.ts';
import type { ClusterSettings } from '../datamodel/cluster/command.ts';
import type { Compared, Comparison } from '../datamodel/cluster/comparison.ts';
import type { ClusterView } from '../datamodel/cluster/view.ts';
import type { Flow } from '../datamodel/flow/flow.ts';
import type { Conversation } from '../datamodel/flow/trace.ts';
import { type IpAddress, parseIpAddress } from '../wire/address.ts';
import { ETHERNET_HEADER_LENGTH } from '../wire/ethernet.ts';
import { Configuration } from './configuration.ts';
import { tupleOf } from './linux/netfilter/tuple.ts';
import { run } from './linux/run.ts';
import type { Readdress } from './readdress.ts';

/** Of a socket that nobody gave one: a kernel draws it by where the socket leads, which programs may change. */
const COMMON_PORT = 40_000;
/** No conversation that can be asked about has it. */
const NOBODYS = 0;

/**
 * Sends one flow through the same objects under two settings. Agents write everything anew for each; what people changed is
 * laid over it where it can still be done. Both begin with kernels that have learned nothing, and with the same chance; both
 * choose the same endpoint where their tables let them and send from the same port, so that what differs comes from the
 * settings. Nothing is left behind.
 *
 * @throws Error when the flow's sender does not exist.
 */
export function compareFlow(
  configuration: Configuration,
  flow: Flow,
  [a, b]: readonly [Partial<ClusterSettings>, Partial<ClusterSettings>],
  readdress: Readdress,
  settled: (there: Configuration) => Configuration,
): Comparison {
  const side = (settings: Partial<ClusterSettings>): Side => under(configuration, flow, settings, readdress, settled);
  const [first, second] = [side(a), side(b)];
  const here = samePods(configuration.view(NOBODYS), first.view);
  const there = samePods(first.view, second.view);
  const asked = meant(flow, here);
  const pick = asked.pick ?? reached(first.send(asked));
  const same = { ...asked, ...(pick && { pick }), ...portOf(flow) };
  return [first.compared(same), second.compared(meant(same, there))];
}

/** The address that a Pod has under other settings, by the one that it has under some. */
type OtherAddress = (address: IpAddress) => IpAddress;

function samePods(from: ClusterView, to: ClusterView): OtherAddress {
  const there = new Map(to.pods.map((pod) => [pod.netns, pod.address]));
  const others = new Map(from.pods.map((pod) => [pod.address, pod.hostNetwork ? undefined : there.get(pod.netns)]));
  const nodes = new Map(to.nodes.map((node) => [node.netns, node.address]));
  for (const { netns, address } of from.nodes) others.set(address, nodes.get(netns));
  return (address) => others.get(address) ?? address;
}

/** The same flow to the same Pods where these have other addresses. */
function meant(flow: Flow, other: OtherAddress): Flow {
  const { to, pick, bind } = flow;
  return {
    ...flow,
    ...(to.type === 'address' && { to: { ...to, address: other(to.address) } }),
    ...(pick && { pick: { ...pick, address: other(pick.address) } }),
    ...(bind && { bind: other(bind) }),
  };
}

/** Several connections one after the other cannot share a port. */
function portOf({ as, sourcePort, repeat }: Flow): Pick<Flow, 'sourcePort'> {
  return as === 'ping' || sourcePort !== undefined || repeat > 1 ? {} : { sourcePort: COMMON_PORT };
}

interface Side {
  readonly view: ClusterView;
  send(flow: Flow): Omit<Conversation, 'id' | 'flow' | 'revision'>;
  compared(flow: Flow): Compared;
}

function under(
  { cluster, edits }: Configuration,
  flow: Flow,
  settings: Partial<ClusterSettings>,
  readdress: Readdress,
  settled: (there: Configuration) => Configuration,
): Side {
  const named = [parseIpAddress(flow.from), flow.to.type === 'address' ? flow.to.address : undefined];
  const found = cluster.under(settings, readdress);
  if (!found.ok) throw new Error(found.error);
  const restarted = found.value;
  const outside = named.flatMap((address) => (address !== undefined && restarted.isOutside(address) ? [address] : []));
  const built = restarted.withOutside(outside);
  const there = settled(
    new Configuration(
      built,
      edits.settled((id) => built.netns(id)),
    ),
  );
  const seed = chance(built.settings.seed, 'compare');
  const send = (sent: Flow): Omit<Conversation, 'id' | 'flow' | 'revision'> => {
    const { learned: _, ...result } = run({ flow: sent, netns: there.netns, learned: new Map(), seed, start: 0 });
    return result;
  };
  const view = there.view(NOBODYS);
  return {
    view,
    send,
    compared: (sent) => ({
      settings,
      view,
      conversation: { ...send(sent), id: NOBODYS, flow: sent, revision: NOBODYS },
    }),
  };
}

/** Where the flow's first packet was delivered, which chance may have chosen. */
function reached({ traces }: Pick<Conversation, 'traces'>): Flow['pick'] {
  const delivered = traces.find(
    ({ role, exchange, disposition }) => role === 'forward' && exchange === 'flow' && disposition.type === 'delivered',
  );
  const step = delivered?.hops.at(-1)?.steps.at(-1);
  if (step === undefined) return undefined;
  const offset = step.link === 'ethernet' ? ETHERNET_HEADER_LENGTH : 0;
  const tuple = tupleOf(step.bytes, offset);
  return tuple && { address: tuple.destination, port: tuple.destinationPort };
}
