import { type IpAddress, type IpPrefix, parseIpAddress, parseSloppyIpPrefix } from '../../wire/address.ts';

/** Says of a case, or of one of its operations, what cannot be understood. */
export class CaseError extends Error {}

/** The members of a JSON object that somebody wrote; every one is read with the type that it should have. */
export class CaseFields {
  readonly #members: Readonly<Record<string, unknown>>;
  readonly #path: string;

  /** @throws CaseError when the value is no object. */
  constructor(value: unknown, path = '') {
    this.#path = path;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new CaseError(`${path || 'line'}: expected a JSON object`);
    }
    this.#members = value as Readonly<Record<string, unknown>>;
  }

  /** The names of all members. */
  names(): readonly string[] {
    return Object.keys(this.#members);
  }

  /** Whether there is anything but null. */
  has(name: string): boolean {
    return this.raw(name) !== undefined;
  }

  /** @returns undefined for null, too. */
  raw(name: string): unknown {
    return Object.hasOwn(this.#members, name) ? (this.#members[name] ?? undefined) : undefined;
  }

  fields(name: string): CaseFields {
    return new CaseFields(this.raw(name) ?? {}, this.#name(name));
  }

  text(name: string): string {
    return this.optionalText(name) ?? this.#fail(name, 'a text');
  }

  optionalText(name: string): string | undefined {
    const value = this.raw(name);
    return value === undefined || typeof value === 'string' ? value : this.#fail(name, 'a text');
  }

  flag(name: string, otherwise: boolean): boolean {
    const value = this.raw(name) ?? otherwise;
    return typeof value === 'boolean' ? value : this.#fail(name, 'true or false');
  }

  /** A whole number of [0, highest]. */
  count(name: string, highest: number, otherwise?: number): number {
    const value = this.raw(name) ?? otherwise;
    const fits = typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= highest;
    return fits ? value : this.#fail(name, `a whole number from 0 to ${highest}`);
  }

  address(name: string): IpAddress {
    return this.optionalAddress(name) ?? this.#fail(name, 'an IP address');
  }

  optionalAddress(name: string): IpAddress | undefined {
    const text = this.optionalText(name);
    if (text === undefined || text === '') return undefined;
    return parseIpAddress(text) ?? this.#fail(name, 'an IP address');
  }

  prefix(name: string): IpPrefix {
    return parseSloppyIpPrefix(this.optionalText(name) ?? '') ?? this.#fail(name, 'a prefix in CIDR notation');
  }

  list(name: string): readonly unknown[] {
    const value = this.raw(name) ?? [];
    return Array.isArray(value) ? (value as readonly unknown[]) : this.#fail(name, 'a list');
  }

  lists(name: string): readonly (readonly unknown[])[] {
    return this.list(name).map((entry) => (Array.isArray(entry) ? (entry as unknown[]) : this.#fail(name, 'lists')));
  }

  prefixes(name: string): readonly IpPrefix[] {
    return this.list(name).map((entry) => {
      const prefix = typeof entry === 'string' ? parseSloppyIpPrefix(entry) : undefined;
      return prefix ?? this.#fail(name, 'prefixes in CIDR notation');
    });
  }

  addresses(name: string): readonly IpAddress[] {
    return this.list(name).map((entry) => {
      const address = typeof entry === 'string' ? parseIpAddress(entry) : undefined;
      return address ?? this.#fail(name, 'IP addresses');
    });
  }

  /** A list of objects, each with the path of its place. */
  objects(name: string): readonly CaseFields[] {
    return this.list(name).map((entry, i) => new CaseFields(entry, `${this.#name(name)}[${i}]`));
  }

  /** A map of texts. */
  texts(name: string): ReadonlyMap<string, string> {
    const fields = this.fields(name);
    return new Map(fields.names().map((key) => [key, fields.text(key)]));
  }

  #name(name: string): string {
    return this.#path === '' ? name : `${this.#path}.${name}`;
  }

  #fail(name: string, expected: string): never {
    throw new CaseError(`${this.#name(name)}: expected ${expected}`);
  }
}
