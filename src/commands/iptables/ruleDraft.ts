import type { RuleSpec } from '../../datamodel/network/edit.ts';
import type { Match, Target } from '../../datamodel/network/netfilter.ts';
import type { IpPrefix } from '../../wire/address.ts';
import { type Complaint, notSimulated } from '../complaint.ts';
import { optionProblem, parameterProblem } from './complaints.ts';
import type { Extension, ExtensionOption, RuleContext } from './extension.ts';
import { MATCHES, OTHER_MATCHES } from './matches.ts';
import { OTHER_TARGETS, TARGETS } from './targets.ts';
import { type RuleProtocol, readHosts, readInterface, readRuleProtocol } from './values.ts';

interface Loaded<Made> {
  readonly extension: Extension<Made>;
  readonly given: Map<string, { readonly value: string; readonly negate: boolean }>;
}

interface Said<T> {
  readonly value: T;
  readonly negate: boolean;
}

/** The protocols whose match is there without `-m`, once one of its options is used. */
const PROTOCOL_MATCHES = ['tcp', 'udp', 'sctp', 'icmp'];

/** A rule while its options are read, one after another. */
export class RuleDraft {
  private source: Said<string> | undefined;
  private destination: Said<string> | undefined;
  private input: Said<string> | undefined;
  private output: Said<string> | undefined;
  private protocol: Said<RuleProtocol | undefined> | undefined;
  private readonly matches: Loaded<Match>[] = [];
  private target: Loaded<Target> | { readonly chain: string; readonly how: 'jump' | 'goto' } | undefined;

  /** Reads `-s`, `-d`, `-i`, `-o`, `-p`, `-m`, `-j`, `-g`. */
  set(name: string, value: string, negate: boolean): void {
    switch (name) {
      case 's':
        this.source = once(this.source, name, { value, negate });
        break;
      case 'd':
        this.destination = once(this.destination, name, { value, negate });
        break;
      case 'i':
        this.input = once(this.input, name, { value: readInterface(value), negate });
        break;
      case 'o':
        this.output = once(this.output, name, { value: readInterface(value), negate });
        break;
      case 'p': {
        const protocol = readRuleProtocol(value);
        if (protocol === undefined && negate) throw parameterProblem('rule would never match protocol');
        this.protocol = once(this.protocol, name, { value: protocol, negate });
        break;
      }
      case 'm':
        refuseNegation(name, negate);
        this.load(value);
        break;
      case 'j':
      case 'g':
        refuseNegation(name, negate);
        if (this.target !== undefined) throw parameterProblem('multiple -j flags not allowed');
        this.target = name === 'g' ? { chain: value, how: 'goto' } : targetOf(value);
        break;
    }
  }

  /** The long options that the extensions bring, by every name they have. */
  get longOptions(): ReadonlyMap<string, ExtensionOption> {
    return new Map(this.loaded().flatMap(({ extension }) => Object.entries(extension.options)));
  }

  /** The protocol's own match knows more options. @returns whether there is anything new to try. */
  loadProtocolMatch(): boolean {
    const name = this.protocol?.value;
    if (typeof name !== 'string' || !PROTOCOL_MATCHES.includes(name)) return false;
    if (this.matches.some(({ extension }) => extension.name === name)) return false;
    this.load(name);
    return true;
  }

  /** @throws Complaint saying that an option of a loaded extension is not simulated. */
  refuseOther(written: string): void {
    const name = written.replace(/^--/, '').replace(/=.*$/, '');
    const known = this.loaded().some(({ extension }) => extension.others?.includes(name));
    if (known) throw notSimulated(`"--${name}"`);
  }

  /** Gives an extension one of its options. */
  give(name: string, value: string | undefined, negate: boolean): void {
    const owner = this.loaded().findLast(({ extension }) => Object.hasOwn(extension.options, name));
    if (owner === undefined) return;
    const { extension, given } = owner;
    if (given.has(name)) {
      const own = PROTOCOL_MATCHES.includes(extension.name);
      throw own
        ? parameterProblem(`Only one \`--${name}' allowed`)
        : optionProblem(extension.name, `option "--${name}" can only be used once.`);
    }
    if (negate && !extension.options[name]?.negatable)
      throw optionProblem(extension.name, `option "--${name}" cannot be inverted.`);
    given.set(name, { value: value ?? '', negate });
  }

  /** The letters of what was said, to see whether the command takes them. */
  get letters(): readonly string[] {
    const parts = {
      s: this.source,
      d: this.destination,
      p: this.protocol,
      j: this.target,
      i: this.input,
      o: this.output,
    };
    return Object.entries(parts).flatMap(([letter, part]) => (part === undefined ? [] : [letter]));
  }

  /** Checks everything and puts the rule together; once for every pair of addresses. @param chain for complaints. */
  finish(chain: string, table: string): readonly RuleSpec[] {
    const protocol = this.protocol?.value;
    const context = { protocol, negatedProtocol: this.protocol?.negate ?? false };
    const extensions = this.matches.flatMap(({ extension, given }) => extension.make(given, context) ?? []);
    const target = this.finishTarget(context);
    const sources = hosts(this.source);
    const destinations = hosts(this.destination);
    if (this.output && (chain === 'PREROUTING' || chain === 'INPUT'))
      throw parameterProblem(`Can't use -o with ${chain}\n`);
    if (this.input && (chain === 'POSTROUTING' || chain === 'OUTPUT'))
      throw parameterProblem(`Can't use -i with ${chain}\n`);
    if (table === 'nat' && target.type === 'DROP') throw natDrop();
    return sources.flatMap((source) =>
      destinations.map((destination) => ({
        matches: [
          ...addressMatch('source', source, this.source?.negate ?? false),
          ...addressMatch('destination', destination, this.destination?.negate ?? false),
          ...interfaceMatch('inInterface', this.input),
          ...interfaceMatch('outInterface', this.output),
          ...(protocol === undefined
            ? []
            : [{ type: 'protocol', protocol, ...(this.protocol?.negate && { negate: true }) } as const]),
          ...extensions,
        ],
        target,
      })),
    );
  }

  private finishTarget(context: RuleContext): Target {
    const { target } = this;
    if (target === undefined) return { type: 'none' };
    if ('chain' in target) return { type: target.how, chain: target.chain };
    return target.extension.make(target.given, context) ?? { type: 'none' };
  }

  private loaded(): readonly { readonly extension: Extension<unknown>; readonly given: Loaded<unknown>['given'] }[] {
    const { target } = this;
    return target !== undefined && 'extension' in target ? [...this.matches, target] : this.matches;
  }

  private load(name: string): void {
    const extension = MATCHES.get(name);
    if (extension === undefined && OTHER_MATCHES.includes(name)) throw notSimulated(`"-m ${name}"`);
    if (extension === undefined) throw parameterProblem(`Couldn't load match \`${name}':No such file or directory\n`);
    this.matches.push({ extension, given: new Map() });
  }
}

/** nat is no place to filter: iptables keeps people from it. */
export function natDrop(): Complaint {
  return parameterProblem(
    '\nThe "nat" table is not intended for filtering, the use of DROP is therefore inhibited.\n\n',
  );
}

function targetOf(name: string): Loaded<Target> | { readonly chain: string; readonly how: 'jump' } {
  const extension = TARGETS.get(name);
  if (extension) return { extension, given: new Map() };
  if (OTHER_TARGETS.includes(name)) throw notSimulated(`"-j ${name}"`);
  return { chain: name, how: 'jump' };
}

function once<T>(before: Said<T> | undefined, letter: string, said: Said<T>): Said<T> {
  if (before !== undefined) throw parameterProblem(`multiple -${letter} flags not allowed`);
  return said;
}

function refuseNegation(letter: string, negate: boolean): void {
  if (negate) throw parameterProblem(`cannot have ! before -${letter}`);
}

/** No address at all is one that says nothing. */
function hosts(said: Said<string> | undefined): readonly (IpPrefix | undefined)[] {
  if (said === undefined) return [undefined];
  const prefixes = readHosts(said.value);
  if (said.negate && prefixes.length > 1)
    throw parameterProblem('! not allowed with multiple source or destination IP addresses');
  return prefixes;
}

function addressMatch(type: 'source' | 'destination', prefix: IpPrefix | undefined, negate: boolean): readonly Match[] {
  if (prefix === undefined || (prefix.length === 0 && !negate)) return [];
  return [{ type, prefix, ...(negate && { negate: true }) }];
}

function interfaceMatch(type: 'inInterface' | 'outInterface', said: Said<string> | undefined): readonly Match[] {
  // `+` alone is every interface.
  if (said === undefined || (said.value === '+' && !said.negate)) return [];
  return [{ type, name: said.value, ...(said.negate && { negate: true }) }];
}
