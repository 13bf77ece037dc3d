import { parameterProblem } from './complaints.ts';
import type { ExtensionOption } from './extension.ts';

/** An option as getopt_long hands it out; `word` is one that is no option. */
export type Scanned =
  | { readonly type: 'option'; readonly name: string; readonly value: string | undefined }
  | { readonly type: 'word'; readonly word: string }
  /** Not known so far; an extension may still know it. */
  | { readonly type: 'unknown'; readonly written: string };

/** Which long options there are now: extensions bring more as they are named. */
export type LongOptions = () => ReadonlyMap<string, ExtensionOption>;

/**
 * Takes command line arguments apart, in order: short options with their values attached or not, clusters of them, long
 * options also cut off as long as they stay unmistakable.
 */
export class Getopt {
  private readonly args: readonly string[];
  private readonly short: Readonly<Record<string, boolean>>;
  private readonly long: LongOptions;
  private at = 0;
  /** The rest of a cluster of short options. */
  private cluster = '';

  constructor(args: readonly string[], short: Readonly<Record<string, boolean>>, long: LongOptions) {
    this.args = args;
    this.short = short;
    this.long = long;
  }

  get more(): boolean {
    return this.cluster !== '' || this.at < this.args.length;
  }

  /** The next argument when it is no option: what some commands take besides. */
  plainWord(): string | undefined {
    const word = this.args[this.at];
    if (this.cluster !== '' || word === undefined || word.startsWith('-') || word === '!') return undefined;
    this.at++;
    return word;
  }

  next(): Scanned {
    if (this.cluster !== '') return this.fromCluster();
    const word = this.args[this.at++] ?? '';
    if (word.startsWith('--') && word.length > 2) return this.longOption(word);
    if (word.startsWith('-') && word.length > 1) {
      this.cluster = word.slice(1);
      return this.fromCluster();
    }
    return { type: 'word', word };
  }

  /** Goes back before a long option, to read it again when more is known. */
  back(): void {
    this.at--;
  }

  private fromCluster(): Scanned {
    const name = this.cluster.charAt(0);
    this.cluster = this.cluster.slice(1);
    const argument = Object.hasOwn(this.short, name) ? this.short[name] : undefined;
    if (argument === undefined) return { type: 'unknown', written: `-${name}` };
    if (!argument) return { type: 'option', name, value: undefined };
    const attached = this.cluster;
    this.cluster = '';
    return { type: 'option', name, value: attached === '' ? this.argument(`-${name}`) : attached };
  }

  private longOption(written: string): Scanned {
    const equals = written.indexOf('=');
    const typed = equals < 0 ? written.slice(2) : written.slice(2, equals);
    const options = this.long();
    const fitting = [...options.keys()].filter((key) => key.startsWith(typed));
    const whole = options.has(typed) ? typed : fitting.length === 1 ? fitting[0] : undefined;
    const option = whole === undefined ? undefined : options.get(whole);
    if (whole === undefined || option === undefined) return { type: 'unknown', written };
    const name = option.as ?? whole;
    if (!option.argument) return { type: 'option', name, value: undefined };
    const value = equals < 0 ? this.argument(written) : written.slice(equals + 1);
    return { type: 'option', name, value: option.pair ? `${value} ${this.argument(written)}` : value };
  }

  private argument(written: string): string {
    const value = this.args[this.at++];
    if (value === undefined) throw parameterProblem(`option "${written}" requires an argument`);
    return value;
  }
}
