import { AGENT_PLUGINS } from '../backends/agentPlugins.ts';
import type { CniNode, Entropy } from '../node/cniNode.ts';
import type { PluginEnv } from '../plugins/plugin.ts';
import { runFrame } from '../plugins/pluginFrame.ts';
import { PLUGINS } from '../plugins/plugins.ts';
import { CniError, CODES, PluginFailure } from '../spec/cniError.ts';
import { isObject } from '../spec/json.ts';
import { parseJson } from '../spec/parseJson.ts';
import { quote } from '../spec/quote.ts';
import type { CniRelease } from '../spec/release.ts';

/** One run of a plugin: what it was given, and what it answered. */
export interface PluginRun {
  readonly plugin: string;
  /** 0: called by the runtime, 1: by a plugin that the runtime called, … */
  readonly delegateDepth: number;
  readonly env: PluginEnv;
  readonly stdin: string;
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

/** Where plugins run, and who listens. */
export interface Execution {
  readonly node: CniNode;
  readonly release: CniRelease;
  readonly entropy: Entropy;
  /** All runs so far, in the order in which they were started. */
  readonly runs: PluginRun[];
  /** Told whenever a run has done a part of its work: before and after a delegate's, and at its end. @param place in `runs`. */
  settle?(place: number): void;
}

const MAXIMUM_DEPTH = 8;

/** Runs a plugin by its name; its delegates' runs follow its own in `runs`. */
export function runPlugin(
  execution: Execution,
  name: string,
  env: PluginEnv,
  stdin: string,
  delegateDepth = 0,
): PluginRun {
  const place = execution.runs.length;
  const started = { plugin: name, delegateDepth, env, stdin };
  // Kept for now, so that delegates come behind it.
  execution.runs.push({ ...started, stdout: '', stderr: '', exitCode: 0 });
  let stderr = '';
  const finish = (stdout: string, exitCode: number): PluginRun => {
    const run = { ...started, stdout, stderr, exitCode };
    execution.settle?.(place);
    execution.runs[place] = run;
    return run;
  };
  const plugin = PLUGINS.get(name) ?? AGENT_PLUGINS.get(name);
  if (plugin === undefined) {
    return finish(new CniError(CODES.internal, `exec: ${quote(name)}: executable file not found in $PATH`).print(), 1);
  }
  try {
    const stdout = runFrame(plugin, env, stdin, {
      node: execution.node,
      release: execution.release,
      entropy: execution.entropy,
      delegate: (other, command, config) => {
        refuseUninstalled(other, env, execution.node);
        if (delegateDepth >= MAXIMUM_DEPTH)
          throw new PluginFailure(`plugins delegate to each other without end: ${other}`);
        execution.settle?.(place);
        const run = runPlugin(execution, other, { ...env, CNI_COMMAND: command }, config, delegateDepth + 1);
        if (run.exitCode !== 0) throw errorOf(run);
        return run.stdout;
      },
      warn: (text) => {
        stderr += text;
      },
    });
    return finish(stdout, 0);
  } catch (error) {
    if (error instanceof CniError) return finish(error.print(), 1);
    throw error;
  }
}

/** FindInPath. @throws PluginFailure in libcni's words. */
export function refuseUninstalled(plugin: string, env: PluginEnv, { installed }: CniNode): void {
  if (plugin === '') throw new PluginFailure('no plugin name provided');
  if (plugin.includes('/')) throw new PluginFailure(`invalid plugin name: ${plugin}`);
  if (installed.has(plugin)) return;
  const paths = (env.CNI_PATH ?? '').split(':').join(' ');
  throw new PluginFailure(`failed to find plugin ${quote(plugin)} in path [${paths}]`);
}

/** What a failed run's caller makes of it (pkg/invoke/raw_exec.go, pluginErr). */
export function errorOf({ stdout, stderr }: PluginRun): CniError {
  if (stdout === '') {
    const words = stderr === '' ? 'with no error message: exit status 1' : `: ${quote(stderr)}`;
    return new CniError(0, `netplugin failed${stderr === '' ? ' ' : ''}${words}`);
  }
  const parsed = parseJson(stdout);
  if (!parsed.ok || !isObject(parsed.value)) {
    const why = parsed.ok ? 'not an object' : parsed.error;
    return new CniError(0, `netplugin failed but error parsing its diagnostic message ${quote(stdout)}: ${why}`);
  }
  const { code, msg, details } = parsed.value;
  return new CniError(
    typeof code === 'number' ? code : 0,
    typeof msg === 'string' ? msg : '',
    typeof details === 'string' ? details : '',
  );
}
