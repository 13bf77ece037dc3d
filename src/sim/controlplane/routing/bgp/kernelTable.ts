import type { BgpAlienRoute, BgpInterface, BgpSpeaker } from '../../../../datamodel/bgp/plan.ts';
import type { BgpKernelRoute } from '../../../../datamodel/bgp/state.ts';
import { compareAddresses, type IpPrefix, networkOf } from '../../../../wire/address.ts';
import type { Network } from './network.ts';
import { prefixKey } from './prefixOrder.ts';

/** Told of every change, and who made it: of what the kernel does by itself when an interface goes it sends no message. */
export type KernelMonitor = (
  destination: IpPrefix,
  route: BgpKernelRoute | undefined,
  old: BgpKernelRoute | undefined,
  by: 'bird' | 'kernel',
) => void;

/** rtm_protocol by number, as /etc/iproute2/rt_protos names it. */
const PROTOCOLS: Readonly<Record<number, string>> = { 2: 'kernel', 3: 'boot', 4: 'static', 12: 'bird', 16: 'dhcp' };

/** The main routing table of one machine's kernel, as far as the control plane writes and reads it. */
export class KernelTable {
  readonly #speaker: BgpSpeaker;
  readonly #network: Network;
  readonly #monitor: KernelMonitor;
  readonly #routes = new Map<string, BgpKernelRoute>();
  /** Routes that lost a next hop with its interface: it stays in them, dead, until somebody writes them anew. */
  readonly #crippled = new Set<string>();

  constructor(speaker: BgpSpeaker, network: Network, monitor: KernelMonitor) {
    this.#speaker = speaker;
    this.#network = network;
    this.#monitor = monitor;
    this.boot();
  }

  /** What is there before BIRD: subnets of the interfaces, and what others have put there. */
  boot(): void {
    this.#routes.clear();
    for (const device of this.#speaker.interfaces) if (this.#isUp(device.name)) this.#connect(device);
    for (const alien of this.#speaker.alien) {
      const { destination, gateway, device } = alien;
      const nextHops = device === undefined ? [] : [{ ...(gateway && { gateway }), device }];
      this.#enter({ destination, type: device === undefined ? 'blackhole' : 'unicast', nextHops, ...ownerOf(alien) });
    }
  }

  /** Whether what others put there is still there: with its last interface the kernel takes it out for good. */
  holds(alien: BgpAlienRoute): boolean {
    return this.#routes.has(keyOf({ destination: alien.destination, ...ownerOf(alien) }));
  }

  /** BIRD's routes are those of its protocol and metric; others of the same prefix stay beside them. */
  replace(route: BgpKernelRoute): void {
    const usable = route.nextHops.filter((hop) => this.#isUp(hop.device));
    // The kernel refuses a next hop on a device that is down.
    if (route.type === 'unicast' && usable.length < route.nextHops.length) return;
    const old = this.#routes.get(keyOf(route));
    if (old && !this.#crippled.has(keyOf(route)) && JSON.stringify(old) === JSON.stringify(route)) return;
    this.#enter(route);
    this.#monitor(route.destination, this.#marked(route), old && this.#marked(old), 'bird');
  }

  remove(destination: IpPrefix, protocol: string, metric: number | undefined): void {
    const key = keyOf({ destination, protocol, ...(metric !== undefined && { metric }) });
    const old = this.#routes.get(key);
    if (!old) return;
    this.#routes.delete(key);
    this.#monitor(destination, undefined, this.#marked(old), 'bird');
  }

  /** An interface goes down, and with it, without a word, all routes over it; of several next hops the others stay. */
  interfaceDown(name: string): void {
    for (const [key, route] of this.#routes) {
      if (!route.nextHops.some(({ device }) => device === name)) continue;
      const nextHops = route.nextHops.filter(({ device }) => device !== name);
      if (nextHops.length > 0) {
        this.#routes.set(key, { ...route, nextHops });
        this.#crippled.add(key);
      } else this.#routes.delete(key);
      this.#monitor(route.destination, nextHops.length > 0 ? { ...route, nextHops } : undefined, route, 'kernel');
    }
  }

  /** An interface comes up with the routes of its subnets. */
  interfaceUp(name: string): void {
    const device = this.#speaker.interfaces.find((candidate) => candidate.name === name);
    if (device) for (const route of this.#connect(device)) this.#monitor(route.destination, route, undefined, 'kernel');
  }

  get routes(): readonly BgpKernelRoute[] {
    return [...this.#routes.values()]
      .map((route) => this.#marked(route))
      .sort(
        (a, b) =>
          compareAddresses(a.destination.address, b.destination.address) ||
          a.destination.length - b.destination.length ||
          (a.metric ?? 0) - (b.metric ?? 0),
      );
  }

  #connect({ name, addresses }: BgpInterface): readonly BgpKernelRoute[] {
    const entered: BgpKernelRoute[] = [];
    for (const own of addresses) {
      if (own.length === 32) continue;
      const route: BgpKernelRoute = {
        destination: networkOf(own),
        type: 'unicast',
        nextHops: [{ device: name }],
        protocol: 'kernel',
        source: own.address,
      };
      this.#enter(route);
      entered.push(route);
    }
    return entered;
  }

  #enter(route: BgpKernelRoute): void {
    this.#crippled.delete(keyOf(route));
    this.#routes.set(keyOf(route), route);
  }

  /** `linkdown`: the interface is up but has no carrier. */
  #marked(route: BgpKernelRoute): BgpKernelRoute {
    const [first] = route.nextHops;
    const down = first && this.#isUp(first.device) && !this.#network.hasCarrier(this.#speaker.name, first.device);
    return down ? { ...route, linkDown: true } : route;
  }

  #isUp(device: string): boolean {
    return this.#network.isUp(this.#speaker.name, device);
  }
}

/** What tells a route of others from those of the same destination beside it. */
function ownerOf({ protocol, metric }: BgpAlienRoute): Pick<BgpKernelRoute, 'protocol' | 'metric'> {
  return { protocol: PROTOCOLS[protocol] ?? String(protocol), ...(metric > 0 && { metric }) };
}

function keyOf({ destination, protocol, metric }: Pick<BgpKernelRoute, 'destination' | 'protocol' | 'metric'>): string {
  return `${prefixKey(destination)} ${protocol} ${metric ?? 0}`;
}
