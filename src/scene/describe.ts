import type { IpAddress } from '../wire/address.ts';

/** `1.02 s`, `3.4 ms`, `210 µs`. */
export function describeDuration(nanoseconds: number): string {
  // what three digits round up to the next unit is said in it
  if (nanoseconds >= 0.9995e9) return `${trim(nanoseconds / 1e9)} s`;
  if (nanoseconds >= 0.9995e6) return `${trim(nanoseconds / 1e6)} ms`;
  return `${trim(nanoseconds / 1e3)} µs`;
}

/** A moment since the conversation began, exact enough to tell steps apart: `1.021 s`, `3.250 ms`, `24.0 µs`. */
export function describeMoment(nanoseconds: number): string {
  if (nanoseconds >= 1e9) return `${(nanoseconds / 1e9).toFixed(3)} s`;
  return nanoseconds >= 1e6 ? `${(nanoseconds / 1e6).toFixed(3)} ms` : `${(nanoseconds / 1e3).toFixed(1)} µs`;
}

function trim(value: number): string {
  return String(Number(value.toPrecision(3)));
}

/** `10.244.2.47:8080`, `[fd00::1]:80`, or the address alone. */
export function endpoint(address: IpAddress, port?: number): string {
  if (port === undefined) return address;
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** `1 rule`, `2 rules`. */
export function count(value: number, one: string, many = `${one}s`): string {
  return `${value} ${value === 1 ? one : many}`;
}

/** The text as a sentence: a full stop last, and a capital first unless it begins with somebody's name. */
export function sentence(text: string): string {
  const trimmed = text.trim();
  const head = /^(the|conntrack|nobody) /.test(trimmed) ? trimmed[0]!.toUpperCase() : trimmed.slice(0, 1);
  return `${head}${trimmed.slice(1)}${trimmed === '' || /[.?]$/.test(trimmed) ? '' : '.'}`;
}
