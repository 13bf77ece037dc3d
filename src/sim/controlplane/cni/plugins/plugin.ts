import type { CniNode, Entropy } from '../node/cniNode.ts';
import type { CniRelease } from '../spec/release.ts';
import type { SpecVersion } from '../spec/version.ts';

/** A plugin's environment: CNI_COMMAND and the others, by name. */
export type PluginEnv = Readonly<Record<string, string>>;

/** What a plugin's code is given, once its frame has looked it over (skel.CmdArgs). */
export interface PluginArgs {
  readonly containerId: string;
  readonly netns: string;
  readonly ifName: string;
  readonly args: string;
  readonly stdin: string;
  /** The rest of the environment, which a delegate inherits. */
  readonly env: PluginEnv;
}

/** What a plugin's code can reach. */
export interface PluginContext {
  readonly node: CniNode;
  readonly release: CniRelease;
  readonly entropy: Entropy;
  /** Runs another plugin with the same environment. @throws CniError with what it answers when it fails. */
  delegate(plugin: string, command: string, stdin: string): string;
  /** Appends to standard error. */
  warn(text: string): void;
}

/** One command of a plugin. @returns what it prints. @throws CniError or PluginFailure. */
export type PluginCommand = (args: PluginArgs, context: PluginContext) => string;

/** A plugin's code, as its frame calls it. A command that is absent succeeds without doing anything. */
export interface Plugin {
  readonly name: string;
  /** The versions that its configuration may be of. */
  versions(release: CniRelease): readonly SpecVersion[];
  readonly add: PluginCommand;
  readonly del: PluginCommand;
  readonly check: PluginCommand;
  readonly status?: PluginCommand;
}
