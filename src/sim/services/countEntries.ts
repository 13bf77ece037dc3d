import type { Netns } from '../../datamodel/network/netns.ts';

/** After so many things of a big table it is somebody else's turn. */
const SLICE = 2000;

/** How many things a node's tables hold that follow from Services, and the few that do not. */
export function* countEntries(netns: Netns): Generator<void, number> {
  let count = 0;
  for (const table of netns.netfilter) {
    count += table.ruleCount ?? table.chains.reduce((sum, { rules }) => sum + rules.length, 0);
    yield;
  }
  for (const { chains, maps } of netns.nftables ?? []) {
    let met = 0;
    for (const { rules } of chains.values()) {
      count += rules.length;
      if (++met % SLICE === 0) yield;
    }
    for (const { elements } of maps.values()) {
      for (const _ of elements.values()) count++;
      yield;
    }
  }
  for (const { members } of netns.ipsets ?? []) count += members.length;
  for (const [i, { realServers }] of (netns.virtualServers ?? []).entries()) {
    count += 1 + realServers.length;
    if (i % SLICE === 0) yield;
  }
  // programs of one node share their maps
  const programs = [...(netns.ebpf?.cgroup ?? []), ...(netns.ebpf?.devices ?? [])];
  const maps = new Set(programs.flatMap((program) => ('maps' in program ? [program.maps] : [])));
  for (const { services, backends, reverseNat } of maps) {
    let met = 0;
    for (const { slots } of services.values()) {
      count += 1 + slots.length;
      if (++met % SLICE === 0) yield;
    }
    for (const _ of backends.values()) count++;
    for (const _ of reverseNat.values()) count++;
    yield;
  }
  const dummies = new Set(netns.links.filter(({ kind }) => kind === 'dummy').map(({ name }) => name));
  count += netns.addresses.filter(({ link }) => dummies.has(link)).length;
  return count;
}
