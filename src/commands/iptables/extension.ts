import type { Match, Target } from '../../datamodel/network/netfilter.ts';
import { optionProblem } from './complaints.ts';
import type { RuleProtocol } from './values.ts';

/** An option of an extension; those without argument are switches. */
export interface ExtensionOption {
  readonly argument: boolean;
  /** May have a `!` before it. */
  readonly negatable?: boolean;
  /** Takes the next word too; the two come as one with a space between. */
  readonly pair?: boolean;
  /** Another name of this option. */
  readonly as?: string;
}

/** What a rule says besides its extensions. */
export interface RuleContext {
  readonly protocol: RuleProtocol | undefined;
  readonly negatedProtocol: boolean;
}

/** What an extension was given, by option. */
export type Given = ReadonlyMap<string, { readonly value: string; readonly negate: boolean }>;

/** A `-m` or `-j` extension of iptables: its options, and what they make. */
export interface Extension<Made> {
  readonly name: string;
  readonly options: Readonly<Record<string, ExtensionOption>>;
  /** Linux has these options, this simulation does not. */
  readonly others?: readonly string[];
  /** @returns undefined when nothing remains of it. @throws Complaint in the extension's own words. */
  make(given: Given, rule: RuleContext): Made | undefined;
}

export type MatchExtension = Extension<Match>;
export type TargetExtension = Extension<Target>;

const ARGUMENT: ExtensionOption = { argument: true };
export const NEGATABLE: ExtensionOption = { argument: true, negatable: true };

export function option(more: Partial<ExtensionOption> = {}): ExtensionOption {
  return { ...ARGUMENT, ...more };
}

export function switchOption(more: Partial<ExtensionOption> = {}): ExtensionOption {
  return { argument: false, ...more };
}

/** What must be there. */
export function needed(
  extension: string,
  given: Given,
  name: string,
): { readonly value: string; readonly negate: boolean } {
  const found = given.get(name);
  if (found === undefined) throw optionProblem(extension, `option "--${name}" must be specified`);
  return found;
}

/** Of some options that exclude each other the one that was given. */
export function oneOf<Name extends string>(extension: string, given: Given, names: readonly Name[]): Name | undefined {
  const [first, second] = [...given.keys()].flatMap((key) => names.filter((name) => name === key));
  if (first !== undefined && second !== undefined)
    throw optionProblem(extension, `option "--${first}" cannot be used together with "--${second}".`);
  return first;
}
