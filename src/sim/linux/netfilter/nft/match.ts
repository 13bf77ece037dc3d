import { assertUnreachable } from '../../../../base/assertUnreachable.ts';
import type { NftMatch, NftSet, NftTable } from '../../../../datamodel/network/nftables.ts';
import { prefixContains } from '../../../../wire/address.ts';
import { protocolNumber } from '../match.ts';
import type { NftSubject } from './subject.ts';

/** Whether a packet is what a match asks for. */
export function holds(match: NftMatch, table: NftTable, subject: NftSubject): boolean {
  const fits = asked(match, table, subject);
  return fits !== undefined && fits !== (match.negate ?? false);
}

/** @returns undefined when the packet does not have what is asked about: such a rule ends, negated or not (NFT_BREAK). */
function asked(match: NftMatch, table: NftTable, subject: NftSubject): boolean | undefined {
  switch (match.type) {
    case 'address': {
      const address = match.end === 'saddr' ? subject.source : subject.destination;
      if (!('set' in match.in)) return match.in.some((prefix) => prefixContains(prefix, address));
      const set = table.sets.get(match.in.set);
      return set !== undefined && hasElement(set, address, subject);
    }
    case 'port': {
      if (match.protocol !== 'th' && subject.protocol !== protocolNumber(match.protocol)) return undefined;
      if (subject.ports === undefined) return undefined;
      const port = match.end === 'sport' ? subject.ports.source : subject.ports.destination;
      return match.ports.some(({ from, to }) => from <= port && port <= to);
    }
    case 'l4proto':
      return subject.protocol === protocolNumber(match.protocol);
    case 'interface': {
      const device = match.which === 'iifname' ? subject.inputDevice : subject.outputDevice;
      return match.name.endsWith('*') ? device.startsWith(match.name.slice(0, -1)) : device === match.name;
    }
    case 'mark':
      return (subject.mark & match.mask) >>> 0 === match.value;
    case 'ctState':
      return match.states.includes(subject.ctState);
    case 'fibType': {
      const address = match.end === 'saddr' ? subject.source : subject.destination;
      return subject.addressType(address).toLowerCase() === match.addressType;
    }
    default:
      return assertUnreachable(match);
  }
}

function hasElement(set: NftSet, key: string, subject: NftSubject): boolean {
  return set.elements.get(key) !== undefined || (set.dynamic !== undefined && subject.remembers(set, key));
}

/** Whether the match asks a set that has a name. */
export function looksUp(match: NftMatch): boolean {
  return match.type === 'address' && 'set' in match.in;
}
