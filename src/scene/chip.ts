import { assertUnreachable } from '../base/assertUnreachable.ts';
import type { Step } from '../datamodel/flow/step.ts';
import type { IpAddress } from '../wire/address.ts';
import { ETHERNET_HEADER_LENGTH } from '../wire/ethernet.ts';
import { count } from './describe.ts';
import type { Names } from './names.ts';

/** The colour a decision has at its station; each comes with its words. */
export type ChipTone = 'nat' | 'ip' | 'ok' | 'tunnel' | 'drop' | 'quiet' | 'l4' | 'eth';

/** What a station says about what it decided, in a few words. */
export interface Chip {
  readonly text: string;
  readonly tone: ChipTone;
  /** Printed as a terminal would: device names, addresses. */
  readonly terminal: boolean;
  /** Of several at one station, the weightiest is shown. */
  readonly weight: number;
}

export function chipOf(step: Step, names: Names): Chip {
  switch (step.type) {
    case 'originate':
      return words(step.what, 'l4', 65);
    case 'receive':
      return words(`in, ${ipLength(step)} B`, 'quiet', 5);
    case 'transmit':
      return words(`out, ${ipLength(step)} B`, 'quiet', 27);
    case 'bridge':
      return bridgeChip(step);
    case 'hook':
      return hookChip(step);
    case 'rule':
      return ruleChip(step);
    case 'ipvs':
      return ipvsChip(step, names);
    case 'program':
      return programChip(step);
    case 'translate':
      return translateChip(step, names);
    case 'session':
      return sessionChip(step);
    case 'route':
      return routeChip(step);
    case 'forward':
      return words(`TTL ${step.ttl}`, 'quiet', 20);
    case 'neighbor':
      if (step.waiting) return words('waits for ARP', 'eth', 23);
      return step.mac === undefined ? words('no answer', 'drop', 60) : words(step.mac, 'eth', 24, true);
    case 'arp':
      return words(
        step.outcome === 'ignored' ? 'not me' : step.outcome === 'learned' ? 'MAC learned' : 'answers',
        'eth',
        50,
      );
    case 'encapsulate':
      return words(`+${step.overhead} B`, 'tunnel', 85);
    case 'decapsulate':
      return words(`−${step.overhead} B`, 'tunnel', 85);
    case 'fragment':
      return words(count(step.pieces.length, 'piece'), 'ip', 80);
    case 'reassemble':
      return words(`${step.pieces} → 1`, 'ip', 78);
    case 'deliver':
      return words('delivered', 'ok', 70);
    case 'drop':
      return words(step.reason, 'drop', 100, true);
    default:
      return assertUnreachable(step);
  }
}

/** What an MTU is compared with: the frame without its Ethernet header. */
function ipLength(step: Step): number {
  return step.bytes.length - (step.link === 'ethernet' ? ETHERNET_HEADER_LENGTH : 0);
}

function words(text: string, tone: ChipTone, weight: number, terminal = false): Chip {
  return { text, tone, weight, terminal };
}

function hookChip(step: Extract<Step, { type: 'hook' }>): Chip {
  if (step.verdict === 'drop') return words('drop', 'drop', 95);
  if (step.rulesEvaluated === 0) return words('no rules', 'quiet', 3);
  const isNat = step.table === 'nat' || step.chainType === 'nat';
  if (!isNat || !step.policy) return words('accept', 'ok', 30);
  // a nat chain that ends in its policy met no target that rewrites
  return words(step.hook === 'POSTROUTING' || step.hook === 'INPUT' ? 'keep source' : 'keep destination', 'ok', 29);
}

function bridgeChip(step: Extract<Step, { type: 'bridge' }>): Chip {
  switch (step.decision) {
    case 'forward':
      return words(step.ports[0] ?? 'forward', 'l4', 55, true);
    case 'flood':
      return words(`to ${count(step.ports.length, 'port')}`, 'eth', 55);
    case 'up':
      return words('up to the kernel', 'l4', 55);
    case 'blocked':
      return words('blocked', 'drop', 90);
    default:
      return assertUnreachable(step.decision);
  }
}

function ruleChip(step: Extract<Step, { type: 'rule' }>): Chip {
  const jump = /^(?:jump|goto) (.+)$/.exec(step.outcome);
  if (jump) return words(jump[1] ?? step.chain, 'quiet', step.coin ? 10 : 8, true);
  const rejects = /^(?:reject|drop)\b/i.test(step.outcome);
  return words(step.outcome, rejects ? 'drop' : 'quiet', rejects ? 92 : 9, true);
}

function ipvsChip(step: Extract<Step, { type: 'ipvs' }>, names: Names): Chip {
  if (step.server === undefined) return words('no real server', 'drop', 91);
  if (step.event === 'found') return words('ipvs', 'quiet', 28);
  const { address } = step.server;
  return words(`${step.scheduler ?? 'ipvs'} → ${names.short(address) ?? address}`, 'nat', 60);
}

function programChip(step: Extract<Step, { type: 'program' }>): Chip {
  if (step.action === 'refuse') return words('no backend', 'drop', 95);
  if (step.action === 'drop' || step.action === 'reply') return words(step.action, 'drop', 95);
  if (!step.socket) return words(step.action === 'pass' ? 'noted' : (step.helper?.slice(4) ?? step.action), 'nat', 60);
  const incoming = step.attach === 'cgroup/recvmsg4' || step.attach === 'cgroup/getpeername4';
  return words(`${incoming ? 'from' : '→'} ${step.socket.after}`, 'nat', incoming ? 55 : 91, true);
}

function translateChip(step: Extract<Step, { type: 'translate' }>, names: Names): Chip {
  const to = (address: IpAddress): string => names.short(address) ?? address;
  switch (step.kind) {
    case 'dnat':
      return words(`DNAT → ${to(step.after.destination)}`, 'nat', 90);
    case 'snat':
    case 'masquerade':
      return words(`SNAT ${step.after.source}`, 'nat', 90);
    case 'undo-dnat':
      return words(`src → ${to(step.after.source)}`, 'nat', 90);
    case 'undo-snat':
      return words(`back → ${to(step.after.destination)}`, 'nat', 90);
    default:
      return assertUnreachable(step.kind);
  }
}

function sessionChip(step: Extract<Step, { type: 'session' }>): Chip {
  switch (step.event) {
    case 'new':
      return words('NEW', 'quiet', 15, true);
    case 'found':
      return words('conntrack', 'quiet', 27);
    case 'confirmed':
      return words('confirmed', 'quiet', 12);
    case 'invalid':
      return words('INVALID', 'drop', 40, true);
    case 'untracked':
      return words('untracked', 'quiet', 14);
    case 'clash':
      return words('clash', 'quiet', 16);
    default:
      return assertUnreachable(step.event);
  }
}

function routeChip(step: Extract<Step, { type: 'route' }>): Chip {
  if (step.result === 'none') return words('no route', 'drop', 88);
  if (step.result === 'local') return words('local', 'ip', 60);
  if (step.result !== 'unicast') return words(step.result, step.result === 'broadcast' ? 'ip' : 'drop', 60);
  return words(step.dev === undefined ? 'unicast' : `dev ${step.dev}`, 'ip', 60, true);
}
