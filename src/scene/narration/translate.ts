import { assertUnreachable } from '../../base/assertUnreachable.ts';
import type { Step } from '../../datamodel/flow/step.ts';
import type { ConntrackTuple } from '../../datamodel/network/runtime.ts';
import type { IpAddress } from '../../wire/address.ts';
import { IpProtocol } from '../../wire/ipv4.ts';
import { endpoint } from '../describe.ts';
import type { Names } from '../names.ts';

type Translate = Extract<Step, { type: 'translate' }>;

/** What was rewritten, from what to what, and by whom. */
export function translateSentence(step: Translate, here: string, names: Names): string {
  const { kind } = step;
  switch (kind) {
    case 'dnat':
      return `${here} rewrites the destination${memory(step)}: ${become(step, 'destination', names)}`;
    case 'snat':
    case 'masquerade':
      return `${here} ${kind === 'masquerade' ? 'masquerades the source' : 'rewrites the source'}${memory(step)}: ${become(step, 'source', names)}`;
    case 'undo-dnat':
      return `${here} undoes the rewriting for the answer: its source, ${become(step, 'source', names)} again`;
    case 'undo-snat':
      return `${here} undoes the rewriting for the answer: its destination, ${become(step, 'destination', names)} again`;
    default:
      return assertUnreachable(kind);
  }
}

function memory(step: Translate): string {
  if (step.by === 'ipvs') return ', as IPVS has decided';
  return step.by === 'conntrack' ? ', as conntrack remembers' : '';
}

function become(step: Translate, end: 'source' | 'destination', names: Names): string {
  return `${described(step.before, end, names)} becomes ${described(step.after, end, names)}`;
}

function described(tuple: ConntrackTuple, end: 'source' | 'destination', names: Names): string {
  const address: IpAddress = tuple[end];
  const hasPort = tuple.protocol === IpProtocol.tcp || tuple.protocol === IpProtocol.udp;
  const text = endpoint(address, hasPort ? tuple[`${end}Port`] : undefined);
  const name = names.address(address);
  if (name === undefined || name.includes(address)) return hasPort || name === undefined ? text : name;
  return name.includes("'s ") ? `${name} address ${text}` : `${name}'s ${text}`;
}
