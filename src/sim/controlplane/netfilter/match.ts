import type {
  AddressType,
  ConntrackState,
  Match,
  PortRange,
  Target,
  TransportName,
} from '../../../datamodel/network/netfilter.ts';
import { hostPrefix, type IpAddress, type IpPrefix } from '../../../wire/address.ts';

// The parts that agents' rules are made of, named as iptables' options. Put together in the order iptables-save prints:
// addresses, interfaces, protocol, then `-m` by `-m` as the agent wrote them.

export function source(prefix: IpPrefix): Match {
  return { type: 'source', prefix };
}

export function notSource(prefix: IpPrefix): Match {
  return { type: 'source', prefix, negate: true };
}

export function sourceAddress(address: IpAddress): Match {
  return source(hostPrefix(address));
}

export function destination(prefix: IpPrefix): Match {
  return { type: 'destination', prefix };
}

export function notDestination(prefix: IpPrefix): Match {
  return { type: 'destination', prefix, negate: true };
}

export function destinationAddress(address: IpAddress): Match {
  return destination(hostPrefix(address));
}

export function protocol(name: TransportName | 'icmp' | number): Match {
  return { type: 'protocol', protocol: name };
}

export function transport(name: TransportName): Match {
  return { type: 'transport', protocol: name };
}

export function destinationPort(name: TransportName, port: number): Match {
  return { type: 'transport', protocol: name, destination: { from: port, to: port } };
}

export function transportPorts(name: TransportName, destination: PortRange): Match {
  return { type: 'transport', protocol: name, destination };
}

export function comment(text: string): Match {
  return { type: 'comment', text };
}

export function mark(value: number): Match {
  return { type: 'mark', value, mask: value };
}

export function notMark(value: number): Match {
  return { type: 'mark', value, mask: value, negate: true };
}

export function conntrackState(...states: readonly ConntrackState[]): Match {
  return { type: 'conntrack', states };
}

export function notConntrackState(...states: readonly ConntrackState[]): Match {
  return { type: 'conntrack', states, negate: true };
}

export function sourceType(type: AddressType): Match {
  return { type: 'addrtype', source: type };
}

export function destinationType(type: AddressType): Match {
  return { type: 'addrtype', destination: type };
}

/** An address of the device that the packet came in by. */
export function ownAddressOfInput(): Match {
  return { type: 'addrtype', destination: 'LOCAL', limitIn: true };
}

export function notSourceType(type: AddressType): Match {
  return { type: 'addrtype', source: type, negateSource: true };
}

export function notDestinationType(type: AddressType): Match {
  return { type: 'addrtype', destination: type, negateDestination: true };
}

export function matchSet(name: string, directions: readonly ('src' | 'dst')[]): Match {
  return { type: 'set', name, directions };
}

export function ipvsVirtual(name: TransportName, address: IpAddress, port: number): Match {
  return { type: 'ipvs', protocol: name, address, port };
}

export function notPhysdevIn(): Match {
  return { type: 'physdev', negate: true };
}

export function jump(chain: string): Target {
  return { type: 'jump', chain };
}

/** `--or-mark` */
export function setMark(value: number): Target {
  return { type: 'MARK', value, mask: value };
}

/** `--xor-mark` */
export function flipMark(value: number): Target {
  return { type: 'MARK', value, mask: 0 };
}

export function masquerade(randomFully: boolean): Target {
  return randomFully ? { type: 'MASQUERADE', randomFully } : { type: 'MASQUERADE' };
}

export const ACCEPT: Target = { type: 'ACCEPT' };
export const DROP: Target = { type: 'DROP' };
export const RETURN: Target = { type: 'RETURN' };
export const REJECT: Target = { type: 'REJECT', with: 'icmp-port-unreachable' };
export const REJECT_IPV6: Target = { type: 'REJECT', with: 'icmp6-port-unreachable' };
export const NO_TARGET: Target = { type: 'none' };
