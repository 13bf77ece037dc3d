import { err, ok, type Result } from '../base/result.ts';
import type { ChosenEndpoint, ServiceAnswer, ServiceQuestion } from '../datamodel/cluster/serviceProbe.ts';
import type { Netns } from '../datamodel/network/netns.ts';
import type { EntryId, Owner } from '../datamodel/network/tables.ts';
import { familyOf, type IpAddress } from '../wire/address.ts';
import type { Explored } from './linux/choice.ts';
import { type Fate, probe } from './linux/probe/probe.ts';
import type { Simulation } from './simulation.ts';

/** Who translates Services. What other agents do to a packet is not what the question is about. */
const SERVICE_OWNERS: readonly Owner[] = ['kube-proxy', 'cilium-agent'];
const DECIMALS = 1e9;

/**
 * Which endpoints a node's tables can choose for a new connection, by sending its first packet through the node's kernel in
 * every way that chance could take. Leaves nothing behind; no part of the simulation itself, which does without it.
 *
 * @returns an error when there is no such node, or the addresses are of two families.
 * @throws Error when there are too many ways.
 */
export function probeService(
  simulation: Simulation,
  { node, from, to, protocol }: ServiceQuestion,
): Result<ServiceAnswer, string> {
  const { nodes, settings } = simulation.cluster();
  const netns = nodes.find(({ name }) => name === node)?.netns;
  if (netns === undefined) return err(`There is no node ${node}`);
  if (familyOf(from) !== familyOf(to.address)) return err(`${from} and ${to.address} are of different families`);
  const connection = { protocol, source: from, destination: to.address, destinationPort: to.port };
  const ways = probe({ connection, netns, config: (id) => simulation.netns(id), seed: settings.seed });
  const owners = ownersIn(simulation.netns(netns));
  const endpoints = endpointsOf(ways, to);
  const likeliest = ways.reduce((best, way) => (way.probability > best.probability ? way : best));
  return ok({
    verdict: endpoints.length > 0 ? 'dnat' : likeliest.outcome.verdict,
    endpoints,
    masquerade: ways.some(({ outcome }) => isHidden(outcome, from, owners)),
    rules: rulesTried(likeliest.outcome),
    matched: ways.some(({ outcome }) => isDecided(outcome, owners)),
  });
}

function endpointsOf(ways: readonly Explored<Fate>[], to: ServiceQuestion['to']): readonly ChosenEndpoint[] {
  const chances = new Map<string, number>();
  for (const { probability, outcome } of ways) {
    const { address, port } = outcome.destination;
    const moved = address !== to.address || port !== to.port || outcome.steps.some(({ detail }) => isDnat(detail));
    if (outcome.verdict !== 'accept' || !moved) continue;
    const text = familyOf(address) === 'IPv6' ? `[${address}]:${port}` : `${address}:${port}`;
    chances.set(text, (chances.get(text) ?? 0) + probability);
  }
  return [...chances]
    .map(([address, chance]) => ({ address, probability: Math.round(chance * DECIMALS) / DECIMALS }))
    .sort((a, b) => b.probability - a.probability);
}

function isDnat(detail: Fate['steps'][number]['detail']): boolean {
  if (detail.type === 'program') return detail.action === 'translate' && detail.socket !== undefined;
  return detail.type === 'translate' && detail.kind === 'dnat';
}

/**
 * Whether a rule of the Services' proxy hides the source, be it behind the address that it has already; or whether it was
 * rewritten without anybody's rule.
 */
function isHidden({ source, verdict, steps }: Fate, from: IpAddress, owners: ReadonlyMap<EntryId, Owner>): boolean {
  if (verdict !== 'accept') return false;
  const rules = steps.filter(({ detail }) => detail.type === 'rule' && /^(masquerade|snat)\b/i.test(detail.outcome));
  if (rules.length === 0) return source.address !== from;
  return rules.some(({ entry }) => isOfServices(entry?.id, owners));
}

/** A rule that only leads on to other rules decides nothing. */
function isDecided({ steps }: Fate, owners: ReadonlyMap<EntryId, Owner>): boolean {
  return steps.some(({ detail, entry }) => {
    if (isDnat(detail) || (detail.type === 'program' && detail.service !== undefined)) return true;
    if (detail.type !== 'rule' || !isOfServices(entry?.id, owners)) return false;
    return !/^(jump|goto|return|continue)\b/i.test(detail.outcome);
  });
}

/** What is in nobody's iptables rules translates Services: other agents write no other tables. */
function isOfServices(id: EntryId | undefined, owners: ReadonlyMap<EntryId, Owner>): boolean {
  const owner = id === undefined ? undefined : owners.get(id);
  return owner === undefined || SERVICE_OWNERS.includes(owner);
}

function rulesTried({ steps }: Fate): number {
  return steps.reduce((sum, { detail }) => sum + (detail.type === 'hook' ? detail.rulesEvaluated : 0), 0);
}

const ownersOf = new WeakMap<Netns['netfilter'], ReadonlyMap<EntryId, Owner>>();

function ownersIn(netns: Netns | undefined): ReadonlyMap<EntryId, Owner> {
  if (netns === undefined) return new Map();
  const known = ownersOf.get(netns.netfilter);
  if (known) return known;
  const owners = new Map<EntryId, Owner>();
  for (const { chains } of netns.netfilter) {
    for (const { rules } of chains) for (const { id, owner } of rules) owners.set(id, owner);
  }
  ownersOf.set(netns.netfilter, owners);
  return owners;
}
