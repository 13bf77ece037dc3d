import type { ChainChange } from '../datamodel/cluster/podChain.ts';
import { printRoute } from '../print/ipRoute.ts';
import { printRule } from '../print/iptablesSave.ts';
import type { CniNode } from './controlplane/cni/node/cniNode.ts';
import type { Namespace } from './controlplane/cni/node/namespace.ts';

type Lines = readonly Omit<ChainChange, 'sign'>[];

/** Watches a node while plugins are at work on it, and tells what each has changed. */
export class ChainWatch {
  readonly #node: CniNode;
  readonly #netns: string;
  readonly #changes = new Map<number, ChainChange[]>();
  #before: Lines;

  /** @param netns path of the sandbox that is worked on. */
  constructor(node: CniNode, netns: string) {
    this.#node = node;
    this.#netns = netns;
    this.#before = this.#lines();
  }

  /** Whatever has changed since the last time is a run's doing. */
  settle(place: number): void {
    const now = this.#lines();
    const own = this.#changes.get(place) ?? [];
    own.push(...missing(this.#before, now, '-'), ...missing(now, this.#before, '+'));
    this.#changes.set(place, own);
    this.#before = now;
  }

  changesOf(place: number): readonly ChainChange[] {
    return this.#changes.get(place) ?? [];
  }

  #lines(): Lines {
    const sandbox = this.#node.sandboxes.get(this.#netns);
    return [
      ...linesOf(this.#node.host, 'node'),
      ...(sandbox ? linesOf(sandbox, 'pod') : []),
      ...[...this.#node.files].map(
        ([path, text]) => ({ where: 'node', what: 'file', text: `${path}: ${text}` }) as const,
      ),
    ];
  }
}

function missing(of: Lines, from: Lines, sign: ChainChange['sign']): readonly ChainChange[] {
  const known = new Set(from.map(keyOf));
  return of.filter((line) => !known.has(keyOf(line))).map((line) => ({ ...line, sign }));
}

function keyOf({ where, what, text }: Omit<ChainChange, 'sign'>): string {
  return `${where} ${what} ${text}`;
}

function linesOf(netns: Namespace, where: ChainChange['where']): Lines {
  const links = netns.links.map(({ name, mac, mtu, up, port, kind }) =>
    [
      `${kind} ${name} ${mac} mtu ${mtu} ${up ? 'up' : 'down'}`,
      ...(port ? [`master ${port.bridge}`] : []),
      ...(port?.hairpin ? ['hairpin on'] : []),
    ].join(' '),
  );
  const addresses = netns.addresses.map(({ link, address, prefixLength }) => `${address}/${prefixLength} dev ${link}`);
  const routes = netns.allRoutes().map((route) => printRoute(route).trim());
  const rules = netns.netfilter.flatMap(({ family, name, chains }) =>
    chains.flatMap((chain) =>
      chain.rules.map(
        (rule) => `${family === 'ipv6' ? 'ip6tables ' : ''}${name} ${printRule(chain.name, rule, family)}`,
      ),
    ),
  );
  const sysctls = Object.entries(netns.sysctls).map(([key, value]) => `${key} = ${value}`);
  const queues = netns.qdiscs.map(({ dev, kind, rate, burst }) =>
    kind === 'tbf' ? `tbf dev ${dev} rate ${rate} bytes/s burst ${burst} bytes` : `ingress dev ${dev}`,
  );
  const lines = (what: ChainChange['what'], texts: readonly string[]): Lines =>
    texts.map((text) => ({ where, what, text }));
  return [
    ...lines('link', links),
    ...lines('address', addresses),
    ...lines('route', routes),
    ...lines('rule', rules),
    ...lines('sysctl', sysctls),
    ...lines('queue', queues),
  ];
}
