import { PluginFailure } from './cniError.ts';
import { quote, quoteList } from './quote.ts';

/** CNI_ARGS as pairs. @throws PluginFailure in libcni's words (pkg/types/args.go). */
function pairsOf(args: string): readonly { readonly pair: string; readonly key: string; readonly value: string }[] {
  if (args === '') return [];
  return args.split(';').map((pair) => {
    const parts = pair.split('=');
    if (parts.length !== 2) throw new PluginFailure(`ARGS: invalid pair ${quote(pair)}`);
    return { pair, key: parts[0] ?? '', value: parts[1] ?? '' };
  });
}

/** Whatever any value of a key is good for: nothing to complain of. */
export function anyValue(): undefined {}

/**
 * What a plugin takes from CNI_ARGS: the values of the keys that it knows, each with what its reader has to complain of.
 *
 * @throws PluginFailure when a value cannot be read, or when there are keys it does not know and nobody said to ignore them.
 */
export function loadArgs(
  args: string,
  readers: ReadonlyMap<string, (value: string) => string | undefined>,
): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  const unknown: string[] = [];
  let ignoreUnknown = false;
  for (const { pair, key, value } of pairsOf(args)) {
    const reader = key === 'IgnoreUnknown' ? problemOfBoolean : readers.get(key);
    if (reader === undefined) {
      unknown.push(pair);
      continue;
    }
    const problem = reader(value);
    if (problem !== undefined) throw new PluginFailure(`ARGS: error parsing value of pair ${quote(pair)}: ${problem}`);
    if (key === 'IgnoreUnknown') ignoreUnknown = isTrue(value);
    else values.set(key, value);
  }
  if (unknown.length > 0 && !ignoreUnknown) throw new PluginFailure(`ARGS: unknown args ${quoteList(unknown)}`);
  return values;
}

function isTrue(value: string): boolean {
  return ['1', 'true'].includes(value.toLowerCase());
}

function problemOfBoolean(value: string): string | undefined {
  const lower = value.toLowerCase();
  return ['0', '1', 'true', 'false'].includes(lower) ? undefined : `boolean unmarshal error: invalid input ${lower}`;
}
