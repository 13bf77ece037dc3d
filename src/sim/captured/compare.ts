import { type NormalFrame, normaliseFrame, type Variable } from './normalise.ts';

/** One frame seen at one interface. */
export interface Tap {
  readonly netns: string;
  readonly device: string;
  readonly direction: string;
  readonly bytes: Uint8Array;
  /** The bytes begin with the IP header. */
  readonly link?: 'ip';
  /** Taken before the card, or whoever stands in for it, had summed it up. */
  readonly unsummed?: boolean;
  /** Bytes at the end of the frame that the capture left out. */
  readonly missing?: number;
}

/**
 * Lays two captures of the same flow side by side, interface by interface, frame by frame in order.
 *
 * @param given ports and echo ids that the flow prescribes; others only have to relate alike.
 * @returns what differs, in words; empty when the captures agree.
 */
export function compareCaptures(
  expected: readonly Tap[],
  actual: readonly Tap[],
  given: ReadonlySet<number>,
): readonly string[] {
  const differences: string[] = [];
  const relations = new Relations();
  const expectedBy = groupByInterface(expected);
  const actualBy = groupByInterface(actual);
  for (const name of new Set([...expectedBy.keys(), ...actualBy.keys()])) {
    const wanted = expectedBy.get(name) ?? [];
    const got = actualBy.get(name) ?? [];
    for (let i = 0; i < Math.max(wanted.length, got.length); i++) {
      const place = `${name} frame ${i + 1}`;
      const a = describe(wanted[i], given);
      const b = describe(cutLike(got[i], wanted[i]), given, wanted[i]?.unsummed);
      if (a?.text !== b?.text) {
        differences.push(`${place}\n  kernel: ${a?.text ?? 'nothing'}\n  ours:   ${b?.text ?? 'nothing'}`);
      } else if (a && b) {
        a.variables.forEach((variable, k) => {
          const word = relations.check(name, variable, b.variables[k] as Variable);
          if (word) differences.push(`${place}: ${word}`);
        });
      }
    }
  }
  return differences;
}

/** Where the capture ends early, so does the frame that it is compared with; their lengths still have to agree. */
function cutLike(tap: Tap | undefined, model: Tap | undefined): Tap | undefined {
  const { missing = 0 } = model ?? {};
  if (tap === undefined || model === undefined || missing === 0) return tap;
  if (tap.bytes.length !== model.bytes.length + missing) return tap;
  return { ...tap, bytes: tap.bytes.subarray(0, model.bytes.length) };
}

function describe(tap: Tap | undefined, given: ReadonlySet<number>, unsummed = tap?.unsummed): NormalFrame | undefined {
  if (tap === undefined) return undefined;
  // What stays on a machine is never summed up: its checksums are whatever the sender began with.
  const frame = normaliseFrame(tap.bytes, given, {
    summed: tap.device !== 'lo' && !unsummed,
    link: tap.link ?? 'ethernet',
  });
  return { ...frame, text: `${tap.direction} ${frame.text}` };
}

function groupByInterface(taps: readonly Tap[]): Map<string, Tap[]> {
  const groups = new Map<string, Tap[]>();
  for (const tap of taps) {
    const key = `${tap.netns} ${tap.device}`;
    const group = groups.get(key);
    if (group) group.push(tap);
    else groups.set(key, [tap]);
  }
  return groups;
}

/** Equal here must be equal there: ids, ports and echo ids map one to one, sequence spaces are shifted by a constant. */
class Relations {
  private readonly pairs = new Map<string, number>();
  private readonly shifts = new Map<string, number>();

  check(place: string, expected: Variable, actual: Variable): string | undefined {
    switch (expected.kind) {
      case 'sequence':
      case 'acknowledgement':
        return this.shift(place, expected, actual);
      case 'port':
        return this.pair(expected, actual) ?? range(actual.value, 1024, 65535);
      case 'tunnelPort':
        return this.pair(expected, actual) ?? range(actual.value, 32768, 60999);
      case 'genevePort':
        return this.pair(expected, actual) ?? range(actual.value, 1, 65535);
      case 'identification':
      case 'echoId':
        return this.pair(expected, actual);
    }
  }

  private pair(expected: Variable, actual: Variable): string | undefined {
    const space =
      expected.kind === 'tunnelPort' || expected.kind === 'genevePort'
        ? `${expected.kind} ${expected.direction}`
        : expected.kind;
    const there = this.remember(`${space} > ${expected.value}`, actual.value);
    const back = this.remember(`${space} < ${actual.value}`, expected.value);
    return there && back
      ? undefined
      : `${expected.kind} ${actual.value} stands for ${expected.value} here but not elsewhere`;
  }

  private shift(place: string, expected: Variable, actual: Variable): string | undefined {
    const space = `${place} ${expected.kind} ${expected.direction}`;
    const shift = (actual.value - expected.value) >>> 0;
    const known = this.shifts.get(space);
    if (known === undefined) this.shifts.set(space, shift);
    return known === undefined || known === shift ? undefined : `${expected.kind} is off by ${(shift - known) | 0}`;
  }

  private remember(key: string, value: number): boolean {
    const known = this.pairs.get(key);
    if (known === undefined) this.pairs.set(key, value);
    return known === undefined || known === value;
  }
}

function range(value: number, low: number, high: number): string | undefined {
  return value >= low && value <= high ? undefined : `port ${value} is outside ${low}-${high}`;
}
