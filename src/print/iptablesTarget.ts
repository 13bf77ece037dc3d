import { assertUnreachable } from '../base/assertUnreachable.ts';
import type { PortRange, Target } from '../datamodel/network/netfilter.ts';
import { familyOf, type IpAddress } from '../wire/address.ts';
import { printMark, printRange } from './iptablesMatch.ts';

/** A rule's `-j` or `-g` part as iptables-save writes it; '' for a rule that only counts. */
export function printTarget(target: Target): string {
  switch (target.type) {
    case 'ACCEPT':
    case 'DROP':
    case 'RETURN':
    case 'NOTRACK':
      return `-j ${target.type}`;
    case 'jump':
      return `-j ${target.chain}`;
    case 'goto':
      return `-g ${target.chain}`;
    case 'REJECT':
      return `-j REJECT --reject-with ${target.with}`;
    case 'MARK':
      return `-j MARK --set-xmark ${printMark(target.value)}/${printMark(target.mask)}`;
    case 'CONNMARK':
      return `-j CONNMARK --set-xmark ${printMark(target.value)}/${printMark(target.mask)}`;
    case 'CONNMARK-restore':
      return `-j CONNMARK --restore-mark --nfmask ${printMark(target.nfmask)} --ctmask ${printMark(target.ctmask)}`;
    case 'DNAT':
      return `-j DNAT --to-destination ${printNatRange(target.address, target.ports)}${randomFully(target)}`;
    case 'SNAT':
      return `-j SNAT --to-source ${printNatRange(target.address, target.ports)}${randomFully(target)}`;
    case 'MASQUERADE':
      return `-j MASQUERADE${target.ports ? ` --to-ports ${printRange(target.ports, '-')}` : ''}${randomFully(target)}`;
    case 'none':
      return '';
    default:
      return assertUnreachable(target);
  }
}

function printNatRange(address: IpAddress | undefined, ports: PortRange | undefined): string {
  if (!ports) return address ?? '';
  // A port behind an IPv6 address needs brackets around it.
  const host = address && familyOf(address) === 'IPv6' ? `[${address}]` : (address ?? '');
  return `${host}:${printRange(ports, '-')}`;
}

function randomFully(target: { readonly randomFully?: boolean }): string {
  return target.randomFully ? ' --random-fully' : '';
}
