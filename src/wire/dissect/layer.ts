export type LayerProtocol =
  | 'Ethernet'
  | 'ARP'
  | 'IPv4'
  | 'ICMP'
  | 'UDP'
  | 'TCP'
  | 'SCTP'
  | 'VXLAN'
  | 'Geneve'
  | 'WireGuard'
  | 'DNS'
  | 'HTTP'
  | 'Data';

/** One field of a header: where it is and what it says. */
export interface LayerField {
  readonly name: string;
  /** Of the field's first byte, from the start of the bytes that were dissected. */
  readonly offset: number;
  /** In bytes; a field of some bits counts every byte it touches. */
  readonly length: number;
  /** For a field of some bits: its first bit, from the most significant of the byte at `offset`. */
  readonly bitOffset?: number;
  readonly bitLength?: number;
  /** For reading, such as `17 (UDP)`. */
  readonly value: string;
  /** Stable and unique in its layer, such as `ipv4.destination`; the second of a kind ends in `.2`. */
  readonly path: string;
}

/** One protocol's part of a packet. Headers never overlap and together cover every byte. */
export interface Layer {
  readonly protocol: LayerProtocol;
  /** Of the header. */
  readonly offset: number;
  /** Bytes of header and payload. */
  readonly length: number;
  /** Bytes of the header alone; all of the length where there is no payload below. */
  readonly headerLength: number;
  /** How many tunnels the layer is inside of. */
  readonly depth: number;
  /** Whether the layer is part of the packet that an ICMP error quotes. */
  readonly quoted: boolean;
  /** One line, such as `10.244.1.23 → 10.244.2.47 TCP, TTL 64`. */
  readonly summary: string;
  readonly fields: readonly LayerField[];
  /** What is odd about the layer: malformed, cut, padding, a later fragment. */
  readonly note?: string;
}

/** A stretch of bytes that is to be dissected, and what is known about it from outside. */
export interface Part {
  readonly bytes: Uint8Array;
  readonly offset: number;
  /** Where the stretch ends; reading never goes further. */
  readonly end: number;
  readonly depth: number;
  readonly quoted: boolean;
  /** The rest of it is elsewhere: the packet is quoted, or its first fragment. */
  readonly cut: boolean;
  /** Offset of the IPv4 header around it. */
  readonly packetOffset?: number;
}

export type Dissector = (part: Part) => Dissected;

/** A layer, and the stretches after its header, in order, each with who is to take it apart. */
export interface Dissected {
  readonly layer: Layer;
  readonly rest: readonly Pending[];
}

export interface Pending {
  readonly protocol: LayerProtocol;
  readonly part: Part;
  /** For data: why it is not taken apart further. */
  readonly note?: string;
}

/** Collects a layer's fields; those that end after `end` are left out. */
export class FieldList {
  readonly fields: LayerField[] = [];
  readonly #start: number;
  readonly #end: number;
  readonly #prefix: string;
  readonly #seen = new Map<string, number>();

  constructor(prefix: string, start: number, end: number) {
    this.#prefix = prefix;
    this.#start = start;
    this.#end = end;
  }

  /** @param at bytes from the start of the header. */
  add(name: string, path: string, at: number, length: number, value: string | number): void {
    if (this.#start + at + length > this.#end) return;
    this.fields.push({ name, offset: this.#start + at, length, value: String(value), path: this.#path(path) });
  }

  /** A field of `bitLength` bits, starting `bitOffset` bits into the byte at `at`. */
  bits(name: string, path: string, at: number, bitOffset: number, bitLength: number, value: string | number): void {
    const length = Math.ceil((bitOffset + bitLength) / 8);
    if (this.#start + at + length > this.#end) return;
    const place = { offset: this.#start + at, length, bitOffset, bitLength };
    this.fields.push({ name, ...place, value: String(value), path: this.#path(path) });
  }

  #path(path: string): string {
    const count = (this.#seen.get(path) ?? 0) + 1;
    this.#seen.set(path, count);
    return `${this.#prefix}.${path}${count === 1 ? '' : `.${count}`}`;
  }
}

/** A layer of the part's bytes up to `end`, with a header of `headerLength` bytes. */
export function makeLayer(
  protocol: LayerProtocol,
  part: Part,
  sizes: { readonly headerLength: number; readonly end: number },
  summary: string,
  fields: readonly LayerField[],
  note?: string,
): Layer {
  const { offset, depth, quoted } = part;
  const { headerLength, end } = sizes;
  const layer = { protocol, offset, length: end - offset, headerLength, depth, quoted, summary, fields };
  return note === undefined ? layer : { ...layer, note };
}

export function hex(value: number, digits: number): string {
  return `0x${value.toString(16).padStart(digits, '0')}`;
}

/** `5 (name)`, or only the number when it has no name. */
export function named(value: number, name: string | undefined): string {
  return name === undefined ? String(value) : `${value} (${name})`;
}

export function yesNo(value: boolean): string {
  return value ? 'yes' : 'no';
}

/** `1 byte`, `2 bytes`. */
export function byteCount(length: number): string {
  return length === 1 ? '1 byte' : `${length} bytes`;
}

/** The bytes as ASCII, a middle dot for each that cannot be shown, cut with an ellipsis after `limit`. */
export function printable(bytes: Uint8Array, start: number, end: number, limit = 256): string {
  let text = '';
  const last = Math.min(end, start + limit);
  for (let i = start; i < last; i++) {
    const byte = bytes[i] ?? 0;
    text += byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '·';
  }
  return last < end ? `${text}…` : text;
}
