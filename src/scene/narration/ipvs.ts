import { assertUnreachable } from '../../base/assertUnreachable.ts';
import type { Step } from '../../datamodel/flow/step.ts';
import type { IpvsEnd } from '../../datamodel/network/runtime.ts';
import { count, endpoint } from '../describe.ts';
import type { Names } from '../names.ts';

/** What IPVS made of a packet to one of its virtual servers. */
export function ipvsSentence(step: Extract<Step, { type: 'ipvs' }>, here: string, names: Names): string {
  const virtual = endpoint(step.virtual.address, step.virtual.port);
  const server = step.server && called(step.server, names);
  switch (step.event) {
    case 'scheduled': {
      const why = step.picked ? 'as you chose' : `whose turn it is by ${step.scheduler}`;
      return `IPVS on ${here} gives the new connection to ${virtual} to ${server}, ${why}; there ${step.among === 1 ? 'is' : 'are'} ${count(step.among ?? 0, 'real server')}`;
    }
    case 'persistent':
      return `IPVS on ${here} remembers this client: its new connection to ${virtual} goes to ${server} as the last did`;
    case 'found':
      return `IPVS on ${here} knows this connection to ${virtual}: its packets go to ${server}`;
    case 'refused':
      return `IPVS on ${here} has no real server for ${virtual}, so nobody takes the connection`;
    default:
      return assertUnreachable(step.event);
  }
}

function called({ address, port }: IpvsEnd, names: Names): string {
  const name = names.address(address);
  return name === undefined || name.includes(address)
    ? endpoint(address, port)
    : `${name} (${endpoint(address, port)})`;
}
