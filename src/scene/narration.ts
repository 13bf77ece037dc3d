import { assertUnreachable } from '../base/assertUnreachable.ts';
import type { Step } from '../datamodel/flow/step.ts';
import type { Trace } from '../datamodel/flow/trace.ts';
import type { Hook } from '../datamodel/network/netfilter.ts';
import { capsuleOf } from './capsule.ts';
import { count, sentence } from './describe.ts';
import { called, type Names } from './names.ts';
import { dropSentence } from './narration/drop.ts';
import { ipvsSentence } from './narration/ipvs.ts';
import { frameWord, linkSentence } from './narration/link.ts';
import { originateSentence } from './narration/originate.ts';
import { programSentence } from './narration/program.ts';
import { routeSentence } from './narration/route.ts';
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
    case 'transmit':
    case 'bridge':
      return linkSentence(step, trace, names);
    case 'hook':
      return hookSentence(step, here);
    case 'rule':
      return ruleSentence(step, here);
    case 'ipvs':
      return ipvsSentence(step, here, names);
    case 'program':
      return programSentence(step, here, names);
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
      return `${here}'s ${step.device ?? step.tunnel} wraps the packet: ${step.overhead} bytes of headers${vni(step)}, addressed to ${called(names, step.remote)}`;
    case 'decapsulate':
      return `${here}'s ${step.device ?? step.tunnel} takes the ${step.overhead} bytes of tunnel headers off and finds the inner packet${vni(step)}`;
    case 'fragment':
      return fragmentSentence(step, here, trace);
    case 'reassemble':
      return `${here} puts ${count(step.pieces, 'piece')} together again: ${step.length} bytes`;
    case 'deliver':
      return `${here} hands the ${frameWord(trace)} to ${receiver(step.what)}`;
    case 'drop':
      return dropSentence(step, here);
    default:
      return assertUnreachable(step);
  }
}

function vni(step: { readonly vni?: number }): string {
  return step.vni === undefined ? '' : `, VNI ${step.vni}`;
}

type Of<T extends Step['type']> = Extract<Step, { type: T }>;

const HOOK_NAMES: Readonly<Record<Hook, string>> = {
  PREROUTING: 'prerouting',
  INPUT: 'input',
  FORWARD: 'forward',
  OUTPUT: 'output',
  POSTROUTING: 'postrouting',
};

function hookSentence(step: Of<'hook'>, here: string): string {
  const where = step.chainType
    ? `${step.chain} of ${step.table} on ${here}`
    : `The ${step.table} table of ${here}${step.hook ? ` at ${HOOK_NAMES[step.hook]}` : ''}`;
  const outer = step.pass === 'tunnel' ? ' the outer packet' : ' the packet';
  const tried = step.rulesEvaluated === 0 ? 'no rule' : count(step.rulesEvaluated, 'rule');
  if (step.verdict === 'drop') return `${where} drops${outer} after ${tried}`;
  const asked = step.lookups ? `, ${count(step.lookups, 'map or set', 'maps and sets')} asked` : '';
  const were = `${tried} ${step.rulesEvaluated > 1 ? 'were' : 'was'} tried${asked}`;
  // a nat chain that ends in its policy met no target that rewrites
  if (isNat(step) && step.policy && step.verdict === 'accept') {
    return `${where} rewrites nothing in${outer}; ${were}`;
  }
  const verdict = step.verdict === 'accept' ? `accepts${outer}` : `takes${outer}`;
  return `${where} ${verdict}${step.policy ? ' by its policy' : ''}; ${were}`;
}

function isNat(step: Of<'hook'>): boolean {
  return step.table === 'nat' || step.chainType === 'nat';
}

function sessionSentence(step: Of<'session'>, here: string): string {
  switch (step.event) {
    case 'new':
      return `conntrack on ${here} has not seen this connection before: its state is NEW`;
    case 'found':
      return step.reply
        ? `conntrack on ${here} recognises the answer to a connection it knows: ${step.state}`
        : `conntrack on ${here} knows this connection${step.state === 'NEW' ? ', though it has seen no answer yet' : ''} (${step.state}): nat rules are not asked again`;
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
      return step.proxied
        ? `${here} does not have ${step.asks}, but a way to it: it answers with its own MAC (proxy ARP)`
        : `${here} owns ${step.asks} and answers with its MAC`;
    case 'learned':
      return `${here} learns the MAC of ${called(names, capsuleOf(step.bytes, step.link).source as typeof step.asks)}`;
    case 'ignored':
      return `${here} is not ${who} and ignores the question`;
    default:
      return assertUnreachable(step.outcome);
  }
}

function fragmentSentence(step: Of<'fragment'>, here: string, trace: Trace): string {
  const into = `into ${count(step.pieces.length, 'piece')} of ${list(step.pieces)} bytes`;
  const cameInPieces = trace.hops.some((hop) =>
    hop.steps.some((other) => other.type === 'reassemble' && other.netns === step.netns && other.id < step.id),
  );
  // what conntrack put together leaves in pieces no longer than those that came, whatever would fit
  if (cameInPieces) return `${here} cuts what it had put together ${into} again, none longer than those that came`;
  return `The packet is longer than the ${step.mtu} bytes that fit, so ${here} cuts it ${into}`;
}

/** Who takes a packet, with an article. */
function receiver(what: string): string {
  if (what.startsWith('server ')) return 'its server process';
  if (/^(the|a|an|its) /.test(what)) return what;
  return /\b(socket|server)\b/.test(what) ? `the ${what}` : what;
}

function list(values: readonly number[]): string {
  return values.length <= 2 ? values.join(' and ') : `${values.slice(0, -1).join(', ')} and ${values.at(-1)}`;
}
