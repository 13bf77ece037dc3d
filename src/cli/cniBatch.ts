import { chance } from '../base/chance.ts';
import { bareNode, bareSandbox } from '../sim/controlplane/cni/bareNode.ts';
import type { CniNode, Entropy } from '../sim/controlplane/cni/node/cniNode.ts';
import { type Execution, type PluginRun, runPlugin } from '../sim/controlplane/cni/runtime/execute.ts';
import {
  addNetworkList,
  checkNetworkList,
  delNetworkList,
  gcNetworkList,
  type NetworkAnswer,
  resultText,
  statusNetworkList,
} from '../sim/controlplane/cni/runtime/libcni.ts';
import { type NetworkList, readNetworkList } from '../sim/controlplane/cni/runtime/networkList.ts';
import type { RuntimeConf } from '../sim/controlplane/cni/runtime/runtimeConf.ts';
import { PluginFailure } from '../sim/controlplane/cni/spec/cniError.ts';
import { isArray, isObject, type Json, type JsonObject } from '../sim/controlplane/cni/spec/json.ts';
import { parseJson } from '../sim/controlplane/cni/spec/parseJson.ts';
import { type CniRelease, RELEASES } from '../sim/controlplane/cni/spec/release.ts';
import { randomMac } from '../sim/controlplane/randomMac.ts';
import { type ipPrefix, parseIpPrefix, parseMacAddress } from '../wire/address.ts';
import { cniState } from './cniState.ts';

interface Answer {
  readonly calls: readonly PluginRun[];
  readonly result?: unknown;
  readonly error?: string;
}

/**
 * Calls plugins by themselves, on one bare node that keeps what they do from line to line. A line is a JSON object:
 *
 * - `{"plugin", "env", "stdin"}` runs one plugin, and its delegates;
 * - `{"command", "list", "containerId", "netns", "ifName", "args", "capabilityArgs"}` is a runtime's call of libcni, `command`
 *   being ADD, CHECK, DEL, GC or STATUS and `list` a network configuration list, as text or object;
 * - `{"addNetns"}`, `{"deleteNetns"}`, `{"deleteLink"}`, `{"file", "text"}`, `{"addAddress", "dev", "netns"}`,
 *   `{"deleteAddress", "dev", "netns"}` and `{"deleteRoute", "netns"}` are what somebody else does in between.
 *
 * `draw` (`veth`, `bridge`, `host veth`, `container veth`, `ifb`) says what is to come of chance.
 *
 * @returns an answer a line: `calls` in the order of their start, `result` or `error`, and the state `after`.
 */
export function cniBatch(text: string, release: string): string {
  const installed = RELEASES.get(release);
  if (installed === undefined) return `${JSON.stringify({ error: `There is no release ${release}` })}\n`;
  const node = bareNode();
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.map((line, i) => `${JSON.stringify(answerTo(line, i, node, installed))}\n`).join('');
}

function answerTo(line: string, place: number, node: CniNode, release: CniRelease): object {
  const parsed = parseJson(line);
  if (!parsed.ok) return { error: parsed.error };
  if (!isObject(parsed.value)) return { error: 'Expected a JSON object.' };
  try {
    const execution: Execution = { node, release, entropy: entropyFor(parsed.value, place), runs: [] };
    return { ...carryOut(parsed.value, execution), after: cniState(node) };
  } catch (error) {
    if (error instanceof PluginFailure) return { error: error.message };
    throw error;
  }
}

function carryOut(line: JsonObject, execution: Execution): Answer {
  if (line.plugin !== undefined) {
    const env = Object.entries(isObject(line.env) ? line.env : {}).map(([key, value]) => [key, textOf(value)]);
    runPlugin(execution, textOf(line.plugin), Object.fromEntries(env) as Record<string, string>, textOf(line.stdin));
    return { calls: execution.runs };
  }
  if (line.command !== undefined) {
    const list = readNetworkList(
      typeof line.list === 'string' ? line.list : JSON.stringify(line.list ?? null),
      execution.release,
    );
    if (!list.ok) return { calls: [], error: list.error };
    const answer = callLibcni(textOf(line.command), execution, list.value, confOf(line));
    if (!answer.ok) return { calls: execution.runs, error: answer.error };
    const result = answer.result && (JSON.parse(resultText(answer.result, list.value.cniVersion)) as unknown);
    return { calls: execution.runs, ...(result !== undefined && { result }) };
  }
  doDeed(line, execution.node);
  return { calls: [] };
}

function callLibcni(command: string, execution: Execution, list: NetworkList, conf: RuntimeConf): NetworkAnswer {
  if (command === 'ADD') return addNetworkList(execution, list, conf);
  if (command === 'CHECK') return checkNetworkList(execution, list, conf);
  if (command === 'DEL') return delNetworkList(execution, list, conf);
  if (command === 'STATUS') return statusNetworkList(execution, list);
  if (command === 'GC') return gcNetworkList(execution, list, conf.containerId === '' ? [] : [conf]);
  return { ok: false, error: `There is no command ${command}` };
}

function confOf(line: JsonObject): RuntimeConf {
  const pairs = isArray(line.args) ? line.args : [];
  return {
    containerId: textOf(line.containerId),
    netns: textOf(line.netns),
    ifName: line.ifName === undefined ? 'eth0' : textOf(line.ifName),
    args: pairs.map((pair) => (isArray(pair) ? [textOf(pair[0]), textOf(pair[1])] : [textOf(pair), ''])),
    capabilityArgs: isObject(line.capabilityArgs) ? line.capabilityArgs : {},
  };
}

function doDeed(line: JsonObject, node: CniNode): void {
  const netns = line.netns === undefined ? node.host : node.sandbox(textOf(line.netns));
  const dev = textOf(line.dev);
  if (line.addNetns !== undefined) node.sandboxes.set(textOf(line.addNetns), bareSandbox(textOf(line.addNetns)));
  if (line.deleteNetns !== undefined) node.deleteSandbox(textOf(line.deleteNetns));
  if (line.deleteLink !== undefined) node.deleteLink(netns, textOf(line.deleteLink));
  if (line.file !== undefined) {
    if (line.text === null) node.files.delete(textOf(line.file));
    else node.files.set(textOf(line.file), textOf(line.text));
  }
  if (line.addAddress !== undefined) netns.addAddress(dev, prefixOf(line.addAddress));
  if (line.deleteAddress !== undefined) netns.deleteAddress(dev, prefixOf(line.deleteAddress));
  if (line.deleteRoute !== undefined) netns.deleteRoute(prefixOf(line.deleteRoute));
}

function prefixOf(value: Json): ReturnType<typeof ipPrefix> {
  const prefix = parseIpPrefix(textOf(value) === 'default' ? '0.0.0.0/0' : textOf(value));
  if (prefix === undefined) throw new PluginFailure(`invalid CIDR address: ${textOf(value)}`);
  return prefix;
}

function entropyFor(line: JsonObject, place: number): Entropy {
  const draw = isObject(line.draw) ? line.draw : {};
  return {
    mac: (device) => parseMacAddress(textOf(draw[device])) ?? randomMac(place, 'cni batch', device),
    vethName: (attempt) =>
      draw.veth === undefined
        ? `veth${chance(attempt, 'veth', String(place)).toString(16).padStart(8, '0')}`
        : textOf(draw.veth),
  };
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}
