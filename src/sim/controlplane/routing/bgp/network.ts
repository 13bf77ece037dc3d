import type { BgpDeed } from '../../../../datamodel/bgp/operation.ts';
import type { BgpInterface, BgpLink, BgpLinkEnd, BgpPlan, BgpSpeaker } from '../../../../datamodel/bgp/plan.ts';
import { type IpAddress, type IpPrefix, prefixContains } from '../../../../wire/address.ts';

/** Where an address is. */
interface Station {
  readonly speaker: string;
  readonly interface: string;
}

interface LinkState {
  readonly link: BgpLink;
  /** Pulled: every end sees it. */
  pulled: boolean;
  /** Silent: the whole link, or the ports towards some speakers. */
  drops: boolean;
  readonly dropsTowards: Set<string>;
}

/** The cabling of a plan, what of it is up, and which packets reach whom. */
export class Network {
  readonly #speakers = new Map<string, BgpSpeaker>();
  readonly #stations = new Map<IpAddress, Station>();
  readonly #links: LinkState[];
  readonly #linkOf = new Map<string, LinkState>();
  /** Interfaces that are administratively down, and machines without power. */
  readonly #down = new Set<string>();
  readonly #off = new Set<string>();

  constructor(plan: BgpPlan) {
    for (const speaker of plan.speakers) {
      this.#speakers.set(speaker.name, speaker);
      for (const { name, addresses } of speaker.interfaces)
        for (const { address } of addresses) this.#stations.set(address, { speaker: speaker.name, interface: name });
    }
    this.#links = plan.links.map((link) => ({ link, pulled: false, drops: false, dropsTowards: new Set<string>() }));
    for (const state of this.#links) for (const end of state.link.ends) this.#linkOf.set(keyOf(end), state);
  }

  /** The speaker that has an address. */
  ownerOf(address: IpAddress): string | undefined {
    return this.#stations.get(address)?.speaker;
  }

  /** The interface of a speaker on whose subnet an address is. */
  interfaceTowards(speaker: string, address: IpAddress): BgpInterface | undefined {
    return this.#speakers
      .get(speaker)
      ?.interfaces.find(({ addresses }) => addresses.some((own) => isNeighbour(own, address)));
  }

  /** Whether a speaker asks on the link for who has an address: it is on a subnet of its own, and the link takes ARP. */
  resolves(speaker: string, address: IpAddress): boolean {
    const own = this.interfaceTowards(speaker, address)?.name;
    if (own === undefined || !this.isUp(speaker, own)) return false;
    return !this.#linkOf.get(keyOf({ speaker, interface: own }))?.link.blocksBgp;
  }

  /** `ip link show`'s UP: not whether anything is plugged in. */
  isUp(speaker: string, name: string): boolean {
    return !this.#off.has(speaker) && !this.#down.has(keyOf({ speaker, interface: name }));
  }

  /** LOWER_UP: a cable has it while its other end is up, a switch while it has power. */
  hasCarrier(speaker: string, name: string): boolean {
    if (!this.isUp(speaker, name)) return false;
    const state = this.#linkOf.get(keyOf({ speaker, interface: name }));
    if (!state) return true;
    if (state.pulled) return false;
    return (
      state.link.kind === 'switch' ||
      state.link.ends.every((end) => end.speaker === speaker || this.isUp(end.speaker, end.interface))
    );
  }

  setInterface(speaker: string, name: string, up: boolean): void {
    if (up) this.#down.delete(keyOf({ speaker, interface: name }));
    else this.#down.add(keyOf({ speaker, interface: name }));
  }

  setPower(speaker: string, on: boolean): void {
    if (on) this.#off.delete(speaker);
    else this.#off.add(speaker);
  }

  setPulled(link: string, pulled: boolean): void {
    const state = this.#links.find((candidate) => candidate.link.name === link);
    if (state) state.pulled = pulled;
  }

  setDropping(link: string, speaker: string | undefined, drops: boolean): void {
    const state = this.#links.find((candidate) => candidate.link.name === link);
    if (!state) return;
    if (speaker === undefined) state.drops = drops;
    else if (drops) state.dropsTowards.add(speaker);
    else state.dropsTowards.delete(speaker);
  }

  /** What a deed does to the cabling; BIRDs themselves are somebody else's. */
  suffer(deed: BgpDeed): void {
    switch (deed.kind) {
      case 'interface-down':
      case 'interface-up':
        this.setInterface(deed.speaker, deed.interface, deed.kind === 'interface-up');
        return;
      case 'power-off':
      case 'power-on':
        this.setPower(deed.speaker, deed.kind === 'power-on');
        return;
      case 'link-down':
      case 'link-up':
        this.setPulled(deed.link, deed.kind === 'link-down');
        return;
      case 'drop':
      case 'pass':
        this.setDropping(deed.link, deed.speaker, deed.kind === 'drop');
        return;
      default:
    }
  }

  /** Whether a packet that a speaker sends from one of its addresses arrives at another's address, over forwarding machines. */
  passes(from: string, to: IpAddress): boolean {
    const owner = this.ownerOf(to);
    if (owner === undefined || this.#off.has(owner) || this.#off.has(from)) return false;
    const target = this.#stations.get(to);
    if (target && !this.isUp(owner, target.interface)) return false;
    // On a shared link there is one way: the link itself. A cloud makes one subnet of many cables.
    const own = this.interfaceTowards(from, to);
    const near = own && { speaker: from, interface: own.name };
    if (near && target && this.#linkOf.get(keyOf(near)) === this.#linkOf.get(keyOf(target)))
      return this.#shareLink(near, target);
    const seen = new Set([from]);
    const queue = [from];
    for (let speaker = queue.shift(); speaker !== undefined; speaker = queue.shift()) {
      if (speaker !== from && !this.#speakers.get(speaker)?.forwards) continue;
      for (const next of this.#neighbours(speaker)) {
        if (next === owner) return true;
        if (seen.has(next)) continue;
        seen.add(next);
        queue.push(next);
      }
    }
    return false;
  }

  #shareLink(own: BgpLinkEnd, other: BgpLinkEnd): boolean {
    const state = this.#linkOf.get(keyOf(own));
    if (!state || state.drops || state.link.blocksBgp || state !== this.#linkOf.get(keyOf(other))) return false;
    if (state.dropsTowards.has(own.speaker) || state.dropsTowards.has(other.speaker)) return false;
    return this.hasCarrier(own.speaker, own.interface) && this.hasCarrier(other.speaker, other.interface);
  }

  /** Whom a speaker reaches over its links. */
  #neighbours(speaker: string): readonly string[] {
    const found: string[] = [];
    for (const state of this.#links) {
      const own = state.link.ends.find((end) => end.speaker === speaker);
      if (
        !own ||
        state.drops ||
        state.link.blocksBgp ||
        state.dropsTowards.has(speaker) ||
        !this.hasCarrier(speaker, own.interface)
      )
        continue;
      for (const end of state.link.ends) {
        if (end.speaker === speaker || state.dropsTowards.has(end.speaker)) continue;
        if (this.hasCarrier(end.speaker, end.interface)) found.push(end.speaker);
      }
    }
    return found;
  }
}

/** Whether an address is another one on the subnet of an interface's own. */
export function isNeighbour(own: IpPrefix, address: IpAddress): boolean {
  return own.length < 32 && own.address !== address && prefixContains(own, address);
}

function keyOf(end: BgpLinkEnd): string {
  return `${end.speaker}/${end.interface}`;
}
