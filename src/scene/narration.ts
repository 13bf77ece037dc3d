import { assertUnreachable } from '../base/assertUnreachable.ts';
import type { Step } from '../datamodel/flow/step.ts';
import type { Trace } from '../datamodel/flow/trace.ts';
import type { Hook } from '../datamodel/network/netfilter.ts';
import { capsuleOf } from './capsule.ts';
import { count, endpoint, sentence } from './describe.ts';
import type { Names } from './names.ts';
import { dropSentence } from './narration/drop.ts';
import { ruleSentence } from './narration/rule.ts';
import { translateSentence } from './narration/translate.ts';

/** The caption of a step: one plain sentence, made from the step's own data. */
export function narrate(step: Step, trace: Trace, names: Names): string {
  return sentence(say(step, trace, names));
}

function say(step: Step, trace: Trace, names: Names): string {
  const here = names.netns(step.netns);
  switch (step.type) {
    case 'originate':
      return originateSentence(step, here, names);
    case 'receive':
      return receiveSentence(step, here, trace);
    case 'bridge':
      return bridgeSentence(step, here);
    case 'hook':
      return hookSentence(step, here);
    case 'rule':
      return ruleSentence(step, here);
    case 'translate':
      return translateSentence(step, here, names);
    case 'session':
      return sessionSentence(step, here);
    case 'route':
      return routeSentence(step, here, names);
    case 'forward':
      return `${here} forwards the packet, so its TTL goes down to ${step.ttl}`;
    case 'neighbor':
      return neighborSentence(step, here, names);
    case 'arp':
      return arpSentence(step, here, names);
    case 'encapsulate':
      return `${here}'s ${step.device ?? step.tunnel} wraps the packet: ${step.overhead} bytes of headers, VNI ${step.vni}, addressed to ${called(names, step.remote)}`;
    case 'decapsulate':
      return `${here}'s ${step.device ?? step.tunnel} takes the ${step.overhead} bytes of tunnel headers off and finds the inner packet, VNI ${step.vni}`;
    case 'fragment':
      return `The packet is longer than the ${step.mtu} bytes that fit, so ${here} cuts it into ${count(step.pieces.length, 'piece')} of ${list(step.pieces)} bytes`;
    case 'reassemble':
      return `${here} puts ${count(step.pieces, 'piece')} together again: ${step.length} bytes`;
    case 'transmit':
      return `The ${frameWord(trace)} leaves ${here}${step.device === undefined ? '' : ` through ${step.device}`}`;
    case 'deliver':
      return `${here} hands the packet to ${step.what}`;
    case 'drop':
      return dropSentence(step, here);
    default:
      return assertUnreachable(step);
  }
}

type Of<T extends Step['type']> = Extract<Step, { type: T }>;

function originateSentence(step: Of<'originate'>, here: string, names: Names): string {
  const { label } = capsuleOf(step.bytes, step.link);
  const asks = /^ARP who-has (.+)$/.exec(step.what);
  if (asks) return `${here} asks its link by ARP: who has ${asks[1]}?`;
  const tells = /^ARP (.+) is-at (.+)$/.exec(step.what);
  if (tells) return `${here} answers by ARP: ${tells[1]} is at ${tells[2]}`;
  const article = /^[aeiou]/i.test(step.what) && !/^(one|uni|use)/i.test(step.what) ? 'an' : 'a';
  const what = /^(the|a|an) /i.test(step.what) ? step.what : `${article} ${step.what}`;
  const to = label === '' ? '' : ` to ${nameEnd(label, names)}`;
  return step.by === 'kernel' ? `The kernel of ${here} sends ${what}${to}` : `${here} sends ${what}${to}`;
}

/** `the Service backend, 10.96.42.10:80`. */
function nameEnd(label: string, names: Names): string {
  const match = /^\[?([0-9a-f.:]+?)\]?(?::\d+)?$/i.exec(label);
  const name = match?.[1] === undefined ? undefined : names.address(match[1] as Parameters<Names['address']>[0]);
  return name === undefined || name.includes(label) ? (name ?? label) : `${name}, ${label}`;
}

function receiveSentence(step: Of<'receive'>, here: string, trace: Trace): string {
  const at = step.device === undefined ? '' : ` at ${step.device}`;
  const what = `The ${frameWord(trace)} arrives${at} of ${here}`;
  if (step.packetType === 'broadcast') return `${what}, sent to everybody`;
  return step.packetType === 'otherhost' ? `${what}, addressed to another MAC` : what;
}

function frameWord(trace: Trace): string {
  return trace.role === 'control'
    ? 'ARP packet'
    : trace.role === 'reply'
      ? 'answer'
      : trace.role === 'error'
        ? 'ICMP error'
        : 'packet';
}

function bridgeSentence(step: Of<'bridge'>, here: string): string {
  const bridge = `The bridge ${step.bridge} of ${here}`;
  switch (step.decision) {
    case 'forward':
      return `${bridge} knows ${step.destination} behind ${step.ports[0] ?? 'a port'} and forwards the frame there`;
    case 'flood':
      return `${bridge} sends the frame to ${step.destination} out of every other port (${step.ports.length})`;
    case 'up':
      return `${bridge} sees its own MAC, ${step.destination}, and hands the packet to the kernel of ${here}`;
    case 'blocked':
      return `${bridge} may not send the frame out of the port it came from`;
    default:
      return assertUnreachable(step.decision);
  }
}

const HOOK_NAMES: Readonly<Record<Hook, string>> = {
  PREROUTING: 'prerouting',
  INPUT: 'input',
  FORWARD: 'forward',
  OUTPUT: 'output',
  POSTROUTING: 'postrouting',
};

function hookSentence(step: Of<'hook'>, here: string): string {
  const where = `The ${step.table} table of ${here}${step.hook ? ` at ${HOOK_NAMES[step.hook]}` : ''}`;
  const outer = step.pass === 'tunnel' ? ' the outer packet' : ' the packet';
  const tried = step.rulesEvaluated === 0 ? 'no rule' : count(step.rulesEvaluated, 'rule');
  if (step.verdict === 'drop') return `${where} drops${outer} after ${tried}`;
  const verdict = step.verdict === 'accept' ? `accepts${outer}` : `takes${outer}`;
  return `${where} ${verdict}${step.policy ? ' by its policy' : ''}; ${tried} ${step.rulesEvaluated > 1 ? 'were' : 'was'} tried`;
}

function sessionSentence(step: Of<'session'>, here: string): string {
  switch (step.event) {
    case 'new':
      return `conntrack on ${here} has not seen this connection before: its state is NEW`;
    case 'found':
      return step.reply
        ? `conntrack on ${here} recognises the answer to a connection it knows: ${step.state}`
        : `conntrack on ${here} knows this connection: ${step.state}, so nat rules are not asked again`;
    case 'confirmed':
      return `conntrack on ${here} confirms the connection and will remember it`;
    case 'invalid':
      return `conntrack on ${here} cannot make sense of the packet: INVALID`;
    case 'untracked':
      return `conntrack on ${here} does not track this packet`;
    case 'clash':
      return `conntrack on ${here} finds that another packet has made the same connection first`;
    default:
      return assertUnreachable(step.event);
  }
}

function routeSentence(step: Of<'route'>, here: string, names: Names): string {
  const target = called(names, step.destination);
  switch (step.result) {
    case 'none':
      return `${here} has no route to ${target}`;
    case 'local':
      return `${here} finds that ${target} is its own address`;
    case 'blackhole':
    case 'unreachable':
    case 'prohibit':
      return `The route of ${here} for ${target} is of type ${step.result}`;
    case 'broadcast':
      return `${here} finds that ${target} is a broadcast address of ${step.dev ?? 'its network'}`;
    case 'unicast': {
      const via = step.via === undefined ? '' : `, next hop ${step.via}`;
      const source = step.source === undefined ? '' : `, source ${step.source}`;
      return `${here} routes ${target} to ${step.dev ?? 'a device'}${via}${source}`;
    }
    default:
      return assertUnreachable(step.result);
  }
}

function neighborSentence(step: Of<'neighbor'>, here: string, names: Names): string {
  const who = called(names, step.address);
  if (step.waiting) return `${here} does not know the MAC of ${who} yet, so the packet waits for ARP`;
  if (step.mac === undefined) return `Nobody answers for ${who}: the neighbour entry of ${here} is ${step.state}`;
  return `${here} has the MAC of ${who}: ${step.mac} (${step.state})`;
}

function arpSentence(step: Of<'arp'>, here: string, names: Names): string {
  const who = called(names, step.asks);
  switch (step.outcome) {
    case 'answered':
      return `${here} owns ${step.asks} and answers with its MAC`;
    case 'learned':
      return `${here} learns the MAC of ${called(names, capsuleOf(step.bytes, step.link).source as typeof step.asks)}`;
    case 'ignored':
      return `${here} is not ${who} and ignores the question`;
    default:
      return assertUnreachable(step.outcome);
  }
}

/** `the Pod backend (10.244.2.47)`, or the address alone. */
function called(names: Names, address: Parameters<Names['address']>[0]): string {
  const name = names.address(address);
  return name === undefined || name.includes(address) ? (name ?? address) : `${name} (${endpoint(address)})`;
}

function list(values: readonly number[]): string {
  return values.length <= 2 ? values.join(' and ') : `${values.slice(0, -1).join(', ')} and ${values.at(-1)}`;
}
