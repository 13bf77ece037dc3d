import { UNDERLAY } from '../../../../datamodel/network/netnsId.ts';
import { ACCEPT, comment, conntrackState, DROP, jump } from '../../netfilter/match.ts';
import { ChainWriter, makeRule, type TableChanges } from '../../netfilter/tableChanges.ts';
import { DEFAULT_PASSES } from './defaultPasses.ts';
import { readPass } from './passes.ts';
import type { UnderlayProvider } from './provider.ts';
import { segmentPlan } from './segmentPlan.ts';
import { planHosts } from './subnetPlan.ts';
import { switchNetns } from './switchNetns.ts';

const OWNER = 'host';
const CHAIN = 'PASSES';

/** One switch that lets through only what it is told to: a firewall between machines that believe to be neighbours. */
export const filtered: UnderlayProvider = {
  nicMtu: 1500,
  problem: ({ passes = [] }) => {
    for (const text of passes) {
      const read = readPass(text);
      if (!read.ok) return read.error;
    }
    return undefined;
  },
  plan: (input) => segmentPlan('filtered', input, planHosts(input.machines, input.own, input.outside, input.direct)),
  namespaces: (plan) => [
    [
      UNDERLAY,
      () =>
        switchNetns(plan, [
          {
            tables: [filter(plan.settings.underlayOptions?.passes ?? DEFAULT_PASSES)],
            sysctls: { 'net.bridge.bridge-nf-call-iptables': '1' },
          },
        ]),
    ],
  ],
};

/** What belongs to a connection that was let through passes in both directions. */
function filter(passes: readonly string[]): TableChanges {
  const writer = new ChainWriter(OWNER, 'filter');
  writer.add(CHAIN, [conntrackState('RELATED', 'ESTABLISHED')], ACCEPT);
  for (const text of passes) {
    const matches = readPass(text);
    if (matches.ok) writer.add(CHAIN, matches.value, ACCEPT);
  }
  writer.add(CHAIN, [comment(whatPasses(passes))], DROP);
  return {
    table: 'filter',
    chains: writer.chains(),
    jumps: [{ hook: 'FORWARD', place: 'append', rule: makeRule(OWNER, 'filter', 'FORWARD', [], jump(CHAIN)) }],
  };
}

/** xt_comment: 256 bytes with the zero at the end. */
const LONGEST_COMMENT = 255;

function whatPasses(passes: readonly string[]): string {
  return `this network passes ${passes.length > 0 ? passes.join(', ') : 'nothing'}`.slice(0, LONGEST_COMMENT);
}
