import { InvalidArgumentError } from 'commander';
import { type IpAddress, parseIpAddress } from '../wire/address.ts';

/** Parsers of option values for commander: a bad value is refused with what would be right. */
export function integerBetween(low: number, high: number): (text: string) => number {
  return (text) => {
    const value = /^(0x[0-9a-f]+|\d+)$/i.test(text) ? Number(text) : Number.NaN;
    if (!(value >= low && value <= high))
      throw new InvalidArgumentError(`Expected a whole number from ${low} to ${high}.`);
    return value;
  };
}

export function address(text: string): IpAddress {
  const parsed = parseIpAddress(text);
  if (parsed === undefined) throw new InvalidArgumentError('Expected an IP address.');
  return parsed;
}

export function endpoint(text: string): { readonly address: IpAddress; readonly port: number } {
  const match = /^\[?(.+?)\]?:(\d+)$/.exec(text);
  const parsed = parseIpAddress(match?.[1] ?? '');
  const port = Number(match?.[2]);
  if (parsed === undefined || !(port >= 1 && port <= 65535)) throw new InvalidArgumentError('Expected ADDRESS:PORT.');
  return { address: parsed, port };
}
