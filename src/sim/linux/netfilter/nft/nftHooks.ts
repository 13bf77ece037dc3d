import type { EntryRef } from '../../../../datamodel/flow/step.ts';
import type { Netns } from '../../../../datamodel/network/netns.ts';
import type { NftBaseChain, NftRule, NftTable } from '../../../../datamodel/network/nftables.ts';
import type { IpFamily } from '../../../../wire/address.ts';
import type { Kernel } from '../../kernel.ts';
import type { HookEntry, HookFunction, HookVerdict, NatFunction, Registration } from '../hookFunction.ts';
import { registrationOf } from '../hookFunction.ts';
import { masqueradeRange } from '../masquerade.ts';
import { type NatCause, setUpNat } from '../nat.ts';
import { type Packet, readPacket } from '../packet.ts';
import { sendRejection } from '../reject.ts';
import type { Manip } from '../rewrite.ts';
import type { NatRange } from '../uniqueTuple.ts';
import { dropPacket } from '../verdict.ts';
import { kernelSubject } from './kernelSubject.ts';
import { type MetRule, type Walked, walkBaseChain } from './walk.ts';

const TABLE_FAMILY = { IPv4: 'ip', IPv6: 'ip6' } as const;

/** What a namespace's tables of nft register for a family: each base chain at its hook and priority. */
export function nftHooks(config: Netns, packets: IpFamily): Registration {
  const functions: HookEntry<HookFunction>[] = [];
  const natChains: HookEntry<NatFunction>[] = [];
  const tables = (config.nftables ?? []).filter(({ family }) => family === TABLE_FAMILY[packets]);
  for (const table of tables) {
    for (const chain of table.baseChains) {
      const { type, hook, priority } = chain.base;
      const entry = {
        hook,
        priority,
        registered: registrationOf(config, `${table.family} ${table.name} ${chain.name}`),
      };
      const run: NatFunction = (...at) => runChain(table, chain, readPacket(...at));
      if (type === 'nat') natChains.push({ ...entry, run });
      else functions.push({ ...entry, run: (...at) => run(...at).verdict });
    }
  }
  return { functions, natChains, tracks: tables.some(asksConntrack) };
}

/** nat needs connections, and so does whoever asks for their state. */
function asksConntrack(table: NftTable): boolean {
  if (table.baseChains.some(({ base }) => base.type === 'nat')) return true;
  for (const { rules } of table.chains.values()) {
    if (rules.some(({ statements }) => statements.some(({ type }) => type === 'ctState'))) return true;
  }
  return false;
}

interface Decided {
  readonly verdict: HookVerdict;
  readonly cause?: NatCause;
  readonly icmp?: { readonly type: number; readonly code: number };
}

/** Walks one base chain for a packet: a step for every rule that holds, then one for the whole walk. */
function runChain(
  table: NftTable,
  chain: NftBaseChain,
  packet: Packet,
): { readonly verdict: HookVerdict; readonly cause?: NatCause } {
  const { kernel, skb, hook } = packet;
  const { recorder } = kernel.world;
  const name = `${table.family} ${table.name}` as const;
  const walked = walkBaseChain(table, chain, kernelSubject(packet, table), (met) => record(packet, table, met));
  const { ended, rulesEvaluated, lookups } = walked;
  const decided = decide(packet, chain, walked);
  recorder.step(
    kernel.id,
    skb,
    {
      type: 'hook',
      table: name,
      chain: chain.name,
      verdict: decided.verdict,
      rulesEvaluated,
      policy: ended === undefined,
      chainType: chain.base.type,
      lookups,
    },
    { hook },
  );
  if (decided.verdict === 'drop') {
    const entry = ended && nftRef(kernel, ended.met.rule);
    dropPacket(kernel, skb, hook, dropSentence(name, chain, ended?.met), {
      ...(entry && { entry }),
      ...(decided.icmp && { icmp: decided.icmp }),
    });
  }
  return { verdict: decided.verdict, ...(decided.cause && { cause: decided.cause }) };
}

/** Carries out what a walk came to. */
function decide(packet: Packet, chain: NftBaseChain, { ended }: Walked): Decided {
  if (ended === undefined) return { verdict: chain.base.policy };
  const { met, by } = ended;
  if (by === 'accept' || by === 'drop') return { verdict: by };
  const { kernel, skb } = packet;
  const entry = nftRef(kernel, met.rule);
  switch (by.type) {
    case 'dnat': {
      const { address, port } = by;
      settle(packet, { address, ports: { from: port, to: port } }, 'destination');
      return { verdict: 'accept', cause: { kind: 'dnat', entry } };
    }
    case 'masquerade': {
      const range = masqueradeRange(packet, by.fullyRandom ? { randomFully: true } : {});
      if (range === undefined) return { verdict: 'drop' };
      settle(packet, range, 'source');
      return { verdict: 'accept', cause: { kind: 'masquerade', entry } };
    }
    case 'reject': {
      const icmp = sendRejection(kernel, skb, 'icmp-port-unreachable');
      return { verdict: 'drop', ...(icmp && { icmp }) };
    }
  }
}

function settle({ kernel, skb }: Packet, range: NatRange, manip: Manip): void {
  const { connection } = skb.meta;
  if (connection !== undefined) setUpNat(kernel, connection, range, manip);
}

function record({ kernel, skb, hook }: Packet, table: NftTable, met: MetRule): void {
  const { chain, rule, position, outcome, coin, lookup } = met;
  kernel.world.recorder.step(
    kernel.id,
    skb,
    {
      type: 'rule',
      table: `${table.family} ${table.name}`,
      chain: chain.name,
      position,
      outcome,
      ...(coin && { coin }),
      ...(lookup && { lookup: { name: lookup.map, key: lookup.key, id: lookup.element.id } }),
    },
    { hook, entry: nftRef(kernel, rule) },
  );
}

function nftRef(kernel: Kernel, rule: NftRule): EntryRef {
  return { netns: kernel.id, table: 'nft', id: rule.id };
}

/** Why a table dropped the packet. */
function dropSentence(table: string, base: NftBaseChain, met: MetRule | undefined): string {
  if (met === undefined) return `The policy of ${base.name} in the table ${table} is drop.`;
  const comment = met.rule.comment ?? met.lookup?.element.comment;
  const about = comment === undefined ? '' : ` (“${comment}”)`;
  const where = met.lookup === undefined ? '' : `, which finds ${met.lookup.key} in @${met.lookup.map}`;
  return `A rule of the chain ${met.chain.name} in the table ${table}${where}${about} says ${met.outcome}.`;
}
