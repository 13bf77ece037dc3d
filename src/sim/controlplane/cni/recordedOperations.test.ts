import { beforeAll, describe, expect, it } from 'vitest';
import { printIpAddrBrief } from '../../../print/ipAddr.ts';
import { printRoutes } from '../../../print/ipRoute.ts';
import { printTable } from '../../../print/iptablesSave.ts';
import { familyOf, ipPrefix } from '../../../wire/address.ts';
import { bareNode, bareSandbox } from './bareNode.ts';
import type { CniNode } from './node/cniNode.ts';
import type { Namespace, Qdisc } from './node/namespace.ts';
import { type Execution, type PluginRun, runPlugin } from './runtime/execute.ts';
import { addNetworkList, checkNetworkList, delNetworkList, type NetworkAnswer, resultText } from './runtime/libcni.ts';
import { readNetworkList } from './runtime/networkList.ts';
import { DEBIAN_RELEASE } from './spec/release.ts';
import { drawn } from './testing/drawn.ts';
import { type Deed, RECORDED, type RecordedOperation, type RecordedRun } from './testing/recordedOperations.ts';

const COMMANDS = { ADD: addNetworkList, CHECK: checkNetworkList, DEL: delNetworkList } as const;

interface Outcome {
  readonly operation: RecordedOperation;
  readonly answer: NetworkAnswer | undefined;
  readonly runs: readonly PluginRun[];
  readonly node: CniNode;
}

const outcomes = new Map<string, Outcome>();
/** What was found of operations that were not recorded themselves. */
const inBetween: { readonly expected: string | undefined; readonly answer: NetworkAnswer }[] = [];

beforeAll(() => {
  const node = bareNode();
  for (const operation of RECORDED.operations) {
    for (const deed of operation.before ?? []) doDeed(node, deed);
    const { run } = operation;
    const execution = executionOn(node, run?.draw);
    const answer = run && runOperation(execution, run);
    if (run === undefined)
      for (const { plugin, depth, env, stdin } of operation.calls)
        if (depth === 0) runPlugin(execution, plugin, env ?? {}, stdin);
    for (const deed of operation.then ?? []) doDeed(node, deed);
    outcomes.set(operation.name, { operation, answer, runs: execution.runs, node: node.clone() });
  }
});

function executionOn(node: CniNode, draw?: RecordedRun['draw']): Execution {
  return { node, release: DEBIAN_RELEASE, entropy: drawn(draw), runs: [] };
}

function runOperation(execution: Execution, { command, list, ...conf }: RecordedRun): NetworkAnswer {
  const read = readNetworkList(RECORDED.lists[list] ?? '', DEBIAN_RELEASE);
  if (!read.ok) throw new Error(read.error);
  return COMMANDS[command as keyof typeof COMMANDS](execution, read.value, conf);
}

function doDeed(node: CniNode, deed: Deed): void {
  const netns = deed.netns === undefined ? node.host : node.sandbox(deed.netns);
  if (deed.addNetns !== undefined) node.sandboxes.set(deed.addNetns, bareSandbox(deed.addNetns));
  if (deed.deleteNetns !== undefined) node.deleteSandbox(deed.deleteNetns);
  if (deed.file !== undefined) node.files.set(deed.file, deed.text ?? '');
  if (deed.deleteLink !== undefined) node.deleteLink(netns, deed.deleteLink);
  if (deed.deleteRoute !== undefined) netns.deleteRoute(ipPrefix(deed.deleteRoute));
  if (deed.deleteAddress !== undefined) netns.deleteAddress(deed.dev ?? '', ipPrefix(deed.deleteAddress));
  if (deed.addAddress !== undefined) netns.addAddress(deed.dev ?? '', ipPrefix(deed.addAddress));
  if (deed.run)
    inBetween.push({ expected: deed.run.error, answer: runOperation(executionOn(node, deed.run.draw), deed.run) });
  if (deed.call !== undefined) runPlugin(executionOn(node), deed.call, deed.env ?? {}, deed.stdin ?? '');
}

describe.each(RECORDED.operations.map(({ name }) => name))('%s', (name) => {
  function outcome(): Outcome {
    const found = outcomes.get(name);
    if (!found) throw new Error(`${name} was not replayed`);
    return found;
  }

  it('calls the same plugins with the same configuration, and they answer the same', () => {
    const { operation, runs } = outcome();
    expect(runs.map(({ plugin, delegateDepth, exitCode }) => [plugin, delegateDepth, exitCode])).toEqual(
      operation.calls.map(({ plugin, depth, exitCode }) => [plugin, depth, exitCode]),
    );
    let stdin = '';
    operation.calls.forEach((call, i) => {
      stdin = call.stdin === '"' ? stdin : call.stdin;
      const { stdout } = call;
      expect(runs[i]?.stdin).toBe(stdin);
      expect(runs[i]?.stdout).toBe(typeof stdout === 'string' ? stdout : JSON.stringify(stdout, undefined, 4));
      if (call.command !== undefined) expect(runs[i]?.env.CNI_COMMAND).toBe(call.command);
    });
  });

  it('answers the runtime the same', () => {
    const { operation, answer } = outcome();
    if (operation.run === undefined) return expect(answer).toBeUndefined();
    if (operation.error !== undefined) return expect(answer).toEqual({ ok: false, error: operation.error });
    const version = (JSON.parse(RECORDED.lists[operation.run.list] ?? '') as { cniVersion: string }).cniVersion;
    const text = answer?.ok && answer.result ? resultText(answer.result, version) : undefined;
    expect(answer?.ok).toBe(true);
    return expect(text).toBe(operation.result);
  });

  it('leaves the same on the node and in the sandboxes', () => {
    const { operation, node } = outcome();
    const { after = {} } = operation;
    if (after.addresses) expect(addressesOf(node.host)).toEqual(after.addresses.map(withoutState));
    if (after.routes) expect(routesOf(node.host)).toEqual(after.routes);
    if (after.nat) expect(tableOf(node.host, 'nat')).toEqual(after.nat);
    if (after.filter) expect(tableOf(node.host, 'filter')).toEqual(after.filter);
    if (after.nat6) expect(tableOf(node.host, 'nat', 'ipv6')).toEqual(after.nat6);
    if (after.qdiscs) expect(node.host.qdiscs.map(qdiscText)).toEqual(after.qdiscs.map(withoutCounts));
    if (after.links) expect(linksOf(node.host)).toEqual(after.links);
    for (const [key, value] of Object.entries(after.sysctls ?? {})) {
      const name = `net.${key.replaceAll('/', '.')}`;
      if (!/all.forwarding$/.test(name)) expect([name, node.host.sysctls[name] ?? '0']).toEqual([name, value]);
    }
    for (const [path, pod] of Object.entries(after.pods ?? {})) {
      const sandbox = node.sandboxes.get(path);
      expect([path, sandbox !== undefined]).toEqual([path, pod !== null]);
      if (!sandbox || !pod) continue;
      expect(addressesOf(sandbox)).toEqual(pod.addresses.map(withoutState));
      expect(routesOf(sandbox)).toEqual(pod.routes);
      expect(sandbox.links.map(({ mac }) => mac)).toEqual(pod.macs);
    }
  });

  it('leaves the same files', () => {
    const { operation, node } = outcome();
    for (const [path, text] of Object.entries(operation.after?.files ?? {})) {
      expect([path, node.files.get(path)]).toEqual([path, text ?? undefined]);
    }
  });
});

it('does as the recorded errors have it in operations that were left out', () => {
  for (const { expected, answer } of inBetween) {
    if (answer.ok) expect(expected).toBeUndefined();
    else
      expect(answer.error.replaceAll(/CNI-[0-9a-f]{24}/g, '@CHAIN')).toBe(
        expected?.replaceAll(/CNI-[0-9a-f]{24}/g, '@CHAIN'),
      );
  }
});

/** `ip -br addr` without link-local addresses, which follow from the MACs. The state follows from the other end. */
function addressesOf(netns: Namespace): readonly string[] {
  return printIpAddrBrief(netns.toNetns()).map(({ text }) => withoutState(text));
}

function withoutState(line: string): string {
  const [name = '', , ...addresses] = line.trim().split(/\s+/);
  return [name.replace(/@.*/, ''), ...addresses].join(' ');
}

function routesOf(netns: Namespace): readonly string[] {
  const routes = netns.allRoutes().filter(({ destination }) => familyOf(destination.address) === 'IPv4');
  return printRoutes(routes).map(({ text }) => text);
}

function tableOf(netns: Namespace, name: 'nat' | 'filter', family: 'ipv4' | 'ipv6' = 'ipv4'): readonly string[] {
  const table = netns.netfilter.find((each) => each.name === name && each.family === family);
  return table ? printTable(table).flatMap(({ text }) => (text.startsWith('#') ? [] : [text])) : [];
}

function linksOf(netns: Namespace): readonly (readonly string[])[] {
  return [...netns.links]
    .sort((a, b) => a.index - b.index)

    .map(({ name, index, mtu, mac, port }) => [name, String(index), String(mtu), mac, port?.bridge ?? '']);
}

function qdiscText({ dev, kind, rate, burst }: Qdisc): string {
  if (kind === 'ingress') return `qdisc ingress ffff: dev ${dev}`;
  return `qdisc tbf 1: dev ${dev} root rate ${((rate ?? 0) * 8) / 1e6}Mbit burst ${burst}b`;
}

function withoutCounts(line: string): string {
  return line
    .replace(/ refcnt \d+/, '')
    .replace(/ lat .*/, '')
    .replace(/ parent .*/, '')
    .trim();
}
