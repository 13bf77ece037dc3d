import type { CalicoPool } from '../../../../../datamodel/kubernetes/networkConfig.ts';
import type { Match, TableName, Target } from '../../../../../datamodel/network/netfilter.ts';
import {
  ACCEPT,
  comment,
  conntrackState,
  DROP,
  destinationType,
  jump,
  masquerade,
  protocol,
} from '../../../netfilter/match.ts';
import { ChainWriter, type Jump, makeRule, type TableChanges } from '../../../netfilter/tableChanges.ts';
import type { NetnsParts } from '../../../netnsParts.ts';
import type { NodePlan } from '../../../nodePlan.ts';
import { type FelixRule, hashed, jumpTo, poolSets } from '../felixRules.ts';
import { NAT_OUT as NAT_OUT_DEVICE } from './devices.ts';

const OWNER = 'felix';
/** What the programs' marks say to the rules (felix/bpf/tc/defs). */
const SEEN = 0x1000000;
const BYPASS = 0x3000000;
const FALLTHROUGH = 0x5000000;
const SKIP_FIB = 0x1100000;
const CT_ESTABLISHED = 0x8000000;
const NAT_OUT = { value: 0x1800000, mask: 0x1f00000 };
const MASQUERADED = { value: 0x3600000, mask: 0x3f00000 };

const WORKLOADS = 'cali+';
const TO_WORKLOAD = 'cali-to-wl-dispatch';
const POSTROUTING = 'cali-POSTROUTING';
const FLOATING = 'cali-fip-snat';
const OUTGOING = 'cali-nat-outgoing';
const PREROUTING = 'cali-PREROUTING';

/**
 * The rules that Felix writes beside its programs (felix/dataplane/linux/int_dataplane.go, setUpIptablesBPF; rules/static.go): what the
 * programs have let pass is let pass, what they left to conntrack is asked of it, and what leaves the cluster is masqueraded.
 */
export function felixBpfRules(node: NodePlan, pools: readonly CalicoPool[], randomFully: boolean): NetnsParts {
  const nat = new ChainWriter(OWNER, 'nat');
  const masquerades = pools.some(({ natOutgoing }) => natOutgoing);
  const suffix = randomFully ? ' --random-fully' : '';
  const snat = (words: string, { value, mask }: { readonly value: number; readonly mask: number }): FelixRule => ({
    text: `${words}${markText(value, mask)} --jump MASQUERADE${suffix}`,
    matches: [...(words ? [comment('BPF loopback SNAT')] : []), { type: 'mark', value, mask }],
    target: masquerade(randomFully),
  });
  write(nat, POSTROUTING, [snat(said('BPF loopback SNAT'), MASQUERADED), jumpTo(FLOATING), jumpTo(OUTGOING)]);
  write(nat, FLOATING, []);
  write(nat, OUTGOING, masquerades ? [snat('', NAT_OUT)] : []);
  const raw = new ChainWriter(OWNER, 'raw');
  write(raw, PREROUTING, [towardsHost()]);
  const filter = new ChainWriter(OWNER, 'filter');
  write(filter, TO_WORKLOAD, dispatched(node));
  return {
    tables: [
      { table: 'raw', chains: raw.chains(), jumps: inserted('raw', 'PREROUTING', [jumpTo(PREROUTING)]) },
      { table: 'nat', chains: nat.chains(), jumps: inserted('nat', 'POSTROUTING', [jumpTo(POSTROUTING)]) },
      {
        table: 'filter',
        chains: filter.chains(),
        jumps: [
          ...inserted('filter', 'INPUT', inputRules()),
          ...inserted('filter', 'FORWARD', forwardRules()),
          ...inserted('filter', 'OUTPUT', [established()]),
        ],
      },
    ] satisfies readonly TableChanges[],
    ipsets: poolSets(pools),
  };
}

function inputRules(): readonly FelixRule[] {
  const fell = markText(FALLTHROUGH, FALLTHROUGH);
  const unseen: Match = { type: 'mark', value: SEEN, mask: SEEN, negate: true };
  return [
    rule(
      `${said('Accept packets from flows that pre-date BPF.')}${fell} -m conntrack --ctstate ESTABLISHED,RELATED --jump ACCEPT`,
      [
        comment('Accept packets from flows that pre-date BPF.'),
        marked(FALLTHROUGH),
        conntrackState('RELATED', 'ESTABLISHED'),
      ],
      ACCEPT,
    ),
    rule(
      `${said('REJECT/rst packets from unknown TCP flows.')}${fell} -p tcp --jump REJECT --reject-with tcp-reset`,
      [protocol('tcp'), comment('REJECT/rst packets from unknown TCP flows.'), marked(FALLTHROUGH)],
      { type: 'REJECT', with: 'tcp-reset' },
    ),
    rule(
      `${said('DROP packets from unknown non-TCP flows.')}${fell} --jump DROP`,
      [comment('DROP packets from unknown non-TCP flows.'), marked(FALLTHROUGH)],
      DROP,
    ),
    rule(`--in-interface ${WORKLOADS} ${markText(SEEN, SEEN)} --jump ACCEPT`, [fromWorkload(), marked(SEEN)], ACCEPT),
    rule(`--in-interface ${WORKLOADS} ${notMarkText(SEEN, SEEN)} --jump DROP`, [fromWorkload(), unseen], DROP),
  ];
}

function forwardRules(): readonly FelixRule[] {
  const unseen: Match = { type: 'mark', value: SEEN, mask: SEEN, negate: true };
  const toWorkload: Match = { type: 'outInterface', name: WORKLOADS };
  const fromNat: Match = { type: 'inInterface', name: NAT_OUT_DEVICE };
  return [
    rule(
      `${said('Pre-approved by BPF programs.')}${markText(BYPASS, BYPASS)} --jump ACCEPT`,
      [comment('Pre-approved by BPF programs.'), marked(BYPASS)],
      ACCEPT,
    ),
    rule(
      `${said('From workload without BPF seen mark')}--in-interface ${WORKLOADS} ${notMarkText(SEEN, SEEN)} --jump DROP`,
      [fromWorkload(), comment('From workload without BPF seen mark'), unseen],
      DROP,
    ),
    established(),
    rule(
      `${said('To workload, check workload is known.')}--out-interface ${WORKLOADS} --jump ${TO_WORKLOAD}`,
      [toWorkload, comment('To workload, check workload is known.')],
      jump(TO_WORKLOAD),
    ),
    rule(
      `${said('To workload, mark has already been verified.')}--in-interface ${WORKLOADS} --jump ACCEPT`,
      [fromWorkload(), comment('To workload, mark has already been verified.')],
      ACCEPT,
    ),
    rule(
      `${said('From ')}${said(NAT_OUT_DEVICE)}${said(' device, mark verified, accept.')}--in-interface ${NAT_OUT_DEVICE} --jump ACCEPT`,
      [fromNat, comment('From '), comment(NAT_OUT_DEVICE), comment(' device, mark verified, accept.')],
      ACCEPT,
    ),
  ];
}

/** Tells the programs that conntrack knows a connection. */
function established(): FelixRule {
  const words = 'Mark pre-established flows.';
  const set = `--set-mark ${hex(CT_ESTABLISHED)}/${hex(CT_ESTABLISHED)}`;
  return rule(
    `${said(words)}-m conntrack --ctstate ESTABLISHED,RELATED --jump MARK ${set}`,
    [comment(words), conntrackState('RELATED', 'ESTABLISHED')],
    { type: 'MARK', value: CT_ESTABLISHED, mask: CT_ESTABLISHED },
  );
}

/** What is for the host, and may be given to a Pod by rules of others, is answered by the host's stack as well. */
function towardsHost(): FelixRule {
  const words = 'Mark traffic towards the host - it is TRACKed';
  const set = `--set-mark ${hex(SKIP_FIB)}/${hex(SKIP_FIB)}`;
  return rule(
    `${said(words)}-m addrtype --dst-type LOCAL --jump MARK ${set}`,
    [comment(words), destinationType('LOCAL')],
    { type: 'MARK', value: SKIP_FIB, mask: SKIP_FIB },
  );
}

/** Pods whose programs are in place. */
function dispatched({ pods }: NodePlan): readonly FelixRule[] {
  const known = pods.map(({ hostVeth: name }) =>
    rule(`--out-interface ${name} --jump ACCEPT`, [{ type: 'outInterface', name }], ACCEPT),
  );
  return [...known, rule(`${said('Unknown interface')}--jump DROP`, [comment('Unknown interface')], DROP)];
}

function write(chains: ChainWriter, chain: string, rules: readonly FelixRule[]): void {
  chains.declare(chain);
  for (const { matches, target } of hashed(chain, rules)) chains.add(chain, matches, target);
}

/** Felix puts them all in front, in their order. */
function inserted(table: TableName, hook: Jump['hook'], rules: readonly FelixRule[]): readonly Jump[] {
  return hashed(hook, rules)
    .map(
      ({ matches, target }): Jump => ({ hook, place: 'insert', rule: makeRule(OWNER, table, hook, matches, target) }),
    )
    .reverse();
}

function rule(text: string, matches: readonly Match[], target: Target): FelixRule {
  return { text, matches, target };
}

function fromWorkload(): Match {
  return { type: 'inInterface', name: WORKLOADS };
}

function marked(value: number): Match {
  return { type: 'mark', value, mask: value };
}

function said(words: string): string {
  return `-m comment --comment "${words}" `;
}

function markText(value: number, mask: number): string {
  return `-m mark --mark ${hex(value)}/${hex(mask)}`;
}

function notMarkText(value: number, mask: number): string {
  return `-m mark ! --mark ${hex(value)}/${hex(mask)}`;
}

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}
