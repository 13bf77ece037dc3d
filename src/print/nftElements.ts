import type { PrintedLine } from '../datamodel/cluster/printed.ts';
import type { NftDataType, NftElement } from '../datamodel/network/nftables.ts';
import { addressToBigint, hostPrefix, parseIpAddress } from '../wire/address.ts';
import { IpProtocol } from '../wire/ipv4.ts';

const PROTOCOLS: Readonly<Record<string, number>> = IpProtocol;

/**
 * Elements in the order in which nft lists them: by value, and where keys are concatenations by their bytes from the last to
 * the first, as a little-endian machine reads them.
 */
export function sortElements<T extends NftElement>(elements: readonly T[]): readonly T[] {
  const keyed = elements.map((element) => {
    const values = element.key.map(hexOf);
    return { element, order: values.length === 1 ? (values[0] ?? '') : values.map(reversed).reverse().join('') };
  });
  return keyed.sort((a, b) => (a.order < b.order ? -1 : a.order > b.order ? 1 : 0)).map(({ element }) => element);
}

/** A part of a key as hex of its bytes in network order. */
function hexOf(part: string): string {
  const address = parseIpAddress(part);
  if (address !== undefined) {
    const { length } = hostPrefix(address);
    return addressToBigint(address)
      .toString(16)
      .padStart(length / 4, '0');
  }
  if (Object.hasOwn(PROTOCOLS, part)) return (PROTOCOLS[part] ?? 0).toString(16).padStart(2, '0');
  return Number(part).toString(16).padStart(4, '0');
}

function reversed(hex: string): string {
  return (hex.match(/../g) ?? []).reverse().join('');
}

/** `elements = { … }`: two IPv4 addresses to a line, else one element (nft's expression.c, calculate_delim). */
export function elementLines(elements: readonly PrintedLine[], type: readonly NftDataType[]): readonly PrintedLine[] {
  const perLine = type.length === 1 && type[0] === 'ipv4_addr' ? 2 : 1;
  const lines: PrintedLine[] = [];
  for (let i = 0; i < elements.length; i += perLine) {
    const shown = elements.slice(i, i + perLine);
    const start = i === 0 ? '\t\telements = { ' : '\t\t\t     ';
    const end = i + perLine >= elements.length ? ' }' : ',';
    const [first, ...others] = shown;
    // A line can stand for one entry only; of two addresses it is the first.
    const { entry } = first ?? {};
    const text = start + [first, ...others].map((each) => each?.text ?? '').join(', ') + end;
    lines.push(entry === undefined ? { text } : { text, entry });
  }
  return lines;
}
