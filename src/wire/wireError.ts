/** Bytes that are not a valid message of the protocol: where the reading stopped and why. */
export class WireError extends Error {
  readonly protocol: string;
  /** Offset in bytes, from the start of the array that was read, of what is wrong. */
  readonly offset: number;
  readonly reason: string;

  constructor(protocol: string, offset: number, reason: string) {
    super(`${protocol} at byte ${offset}: ${reason}`);
    this.name = 'WireError';
    this.protocol = protocol;
    this.offset = offset;
    this.reason = reason;
  }
}

/** @throws WireError unless `length` bytes are there from `offset` on. */
export function requireBytes(protocol: string, bytes: Uint8Array, offset: number, length: number): void {
  if (offset >= 0 && bytes.length - offset >= length) return;
  const available = Math.max(0, bytes.length - offset);
  throw new WireError(protocol, offset, `truncated: ${length} bytes needed, ${available} there`);
}
