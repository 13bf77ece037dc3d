import { assertUnreachable } from '../base/assertUnreachable.ts';
import type { Step } from '../datamodel/flow/step.ts';
import type { ConntrackTuple } from '../datamodel/network/runtime.ts';
import { endpoint } from './describe.ts';

type Of<T extends Step['type']> = Extract<Step, { type: T }>;

/** A step in the few words that a terminal would use; the caption has the sentence. */
export function stepLine(step: Step): string {
  switch (step.type) {
    case 'originate':
      return `${step.by === 'kernel' ? 'kernel sends' : 'sends'} ${step.what}`;
    case 'receive':
      return `in ${step.device ?? ''}${step.packetType === 'host' ? '' : ` (${step.packetType})`}`;
    case 'transmit':
      return `out ${step.device ?? ''}`;
    case 'bridge':
      return `fdb ${step.destination} → ${step.decision === 'forward' ? step.ports.join(', ') : step.decision}`;
    case 'hook':
      return `${step.table} ${step.chain}: ${step.verdict}${step.policy ? ' (policy)' : ''}, ${step.rulesEvaluated} rules tried${step.lookups ? `, ${step.lookups} looked up` : ''}`;
    case 'rule':
      return `${step.chain} ${step.position}: ${step.lookup ? `${step.lookup.key} : ` : ''}${step.outcome}${coin(step)}`;
    case 'ipvs':
      return balanced(step);
    case 'program':
      return program(step);
    case 'translate':
      return translated(step);
    case 'session':
      return `conntrack ${step.event} ${step.state}${step.reply ? ' reply' : ''}`;
    case 'route':
      return routed(step);
    case 'forward':
      return `ttl ${step.ttl}`;
    case 'neighbor':
      return `neigh ${step.address} → ${step.waiting ? 'asking by ARP' : (step.mac ?? step.state)}`;
    case 'arp':
      return `ARP ${step.operation} for ${step.asks}: ${step.outcome}`;
    case 'encapsulate':
      return `encap ${tunnelWords(step)} → ${step.remote}, +${step.overhead} B`;
    case 'decapsulate':
      return `decap ${tunnelWords(step)}, −${step.overhead} B`;
    case 'fragment':
      return `fragment to ${step.mtu} B: ${step.pieces.join(' + ')}`;
    case 'reassemble':
      return `${step.pieces} pieces → ${step.length} B`;
    case 'deliver':
      return `to ${step.what}`;
    case 'drop':
      return `drop ${step.reason}`;
    default:
      return assertUnreachable(step);
  }
}

function tunnelWords({ tunnel, vni }: Of<'encapsulate'> | Of<'decapsulate'>): string {
  return vni === undefined ? tunnel : `VNI ${vni}`;
}

function program(step: Of<'program'>): string {
  const what = step.socket ? `${step.socket.before} → ${step.socket.after}` : (step.service ?? step.note ?? '');
  return `${step.attach} ${step.name}: ${step.action}${what === '' ? '' : ` ${what}`}, ${step.lookups} lookups`;
}

function coin(step: Of<'rule'>): string {
  if (!step.coin) return '';
  const { value, probability, picked, number } = step.coin;
  if (number) return `, numgen ${picked ? 'set to ' : ''}${number.drawn} of ${number.modulus}`;
  return `, coin ${picked ? 'set' : value.toFixed(2)} < ${probability.toFixed(2)}`;
}

function balanced(step: Of<'ipvs'>): string {
  const virtual = endpoint(step.virtual.address, step.virtual.port);
  if (step.server === undefined) return `ipvs ${virtual}: no real server`;
  const how = step.event === 'found' ? 'known' : step.event === 'persistent' ? 'persistent' : (step.scheduler ?? '');
  const picked = step.picked ? ', set' : '';
  return `ipvs ${virtual} → ${endpoint(step.server.address, step.server.port)} (${how}${picked})`;
}

function translated(step: Of<'translate'>): string {
  const { before, after } = step;
  const parts: string[] = [];
  if (source(before) !== source(after)) parts.push(`${source(before)} → ${source(after)}`);
  if (destination(before) !== destination(after)) parts.push(`${destination(before)} → ${destination(after)}`);
  return `${step.kind} ${parts.join(', ')}`;
}

function source(tuple: ConntrackTuple): string {
  return tuple.icmp ? tuple.source : endpoint(tuple.source, tuple.sourcePort);
}

function destination(tuple: ConntrackTuple): string {
  return tuple.icmp ? tuple.destination : endpoint(tuple.destination, tuple.destinationPort);
}

function routed(step: Of<'route'>): string {
  if (step.result === 'none') return `${step.destination}: no route`;
  const type = step.result === 'unicast' ? '' : `${step.result} `;
  const via = step.via === undefined ? '' : ` via ${step.via}`;
  return `${type}${step.destination}${via}${step.dev === undefined ? '' : ` dev ${step.dev}`}`;
}
