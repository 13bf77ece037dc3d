import type { WarmTargets } from '../../../../datamodel/kubernetes/awsVpcConfig.ts';
import { hostPrefix, type IpAddress, type IpPrefix, networkOf } from '../../../../wire/address.ts';
import { type CidrCheckpoint, type Eni, EniCidr } from './eni.ts';
import { EniPool } from './eniPool.ts';
import { PREFIX_LENGTH, type VpcSubnet } from './vpcSubnet.ts';
import { type EniCapacity, fallShort, isTooLow, mayRemoveEni, overBy, wanted } from './warmTargets.ts';

/** What ipamd is started with on a node. */
export interface IpamdConfig {
  readonly limits: { readonly enis: number; readonly ipv4PerEni: number };
  readonly targets: WarmTargets;
  readonly prefixDelegation: boolean;
  /** Pods have the addresses of an ENIConfig's subnet, and none of the primary interface's. */
  readonly customNetworking: boolean;
  /** kubelet's; the pool grows no further. */
  readonly maxPods: number;
  /** IP_COOLDOWN_PERIOD, in seconds. */
  readonly cooldown: number;
  /** The node's own subnet, and that of its Pods' addresses. */
  readonly subnets: { readonly node: VpcSubnet; readonly pods: VpcSubnet };
  /** The instance's own; undefined: the node's subnet has one for it. */
  readonly address?: IpAddress | undefined;
}

/** What an ipamd finds when it starts again: the instance's interfaces, and which Pod has which of their addresses. Plain data. */
export interface IpamdCheckpoint {
  readonly enis: readonly (Omit<Eni, 'cidrs'> & { readonly cidrs: readonly CidrCheckpoint[] })[];
  readonly attached: number;
  readonly decreasedAt: number;
}

/** Seconds between two times of giving addresses back. */
const DECREASE_INTERVAL = 30;

/** AWS's ipamd on one node: attaches interfaces and addresses so that some are always ready (pkg/ipamd/ipamd.go). */
export class Ipamd {
  readonly pool: EniPool;
  readonly #config: IpamdConfig;
  readonly #capacity: EniCapacity;
  #decreasedAt = Number.NEGATIVE_INFINITY;
  #started = false;
  #attached = 0;

  /** @param checkpoint what was there before; its addresses are held in the subnets already. Absent: the instance has just come up. */
  constructor(config: IpamdConfig, checkpoint?: IpamdCheckpoint) {
    this.#config = config;
    this.#capacity = { prefixDelegation: config.prefixDelegation, perEni: config.limits.ipv4PerEni - 1 };
    this.pool = new EniPool(config.cooldown);
    if (checkpoint === undefined) {
      this.#attach(config.subnets.node, 0, 0, config.address);
      return;
    }
    for (const eni of checkpoint.enis) {
      this.pool.attach({ ...eni, cidrs: eni.cidrs.map(({ prefix, used }) => new EniCidr(prefix, used)) });
    }
    this.#attached = checkpoint.attached;
    this.#decreasedAt = checkpoint.decreasedAt;
    this.#started = true;
  }

  get checkpoint(): IpamdCheckpoint {
    return {
      enis: this.pool.enis.map((eni) => ({ ...eni, cidrs: eni.cidrs.map((cidr) => cidr.checkpoint) })),
      attached: this.#attached,
      decreasedAt: this.#decreasedAt,
    };
  }

  /**
   * Takes over an address that a Pod has already, whether or not EC2 would have given it: where no interface has it, it is put on
   * the first one with room.
   */
  takeOver(owner: string, address: IpAddress, now: number): void {
    if (this.pool.adopt(owner, address, now)) return;
    const { perEni, prefixDelegation } = this.#capacity;
    const { customNetworking, limits, subnets } = this.#config;
    const isUsable = (eni: Eni): boolean => !(customNetworking && eni.primary);
    const hasRoom = (eni: Eni): boolean => isUsable(eni) && eni.cidrs.length < perEni;
    if (!this.pool.enis.some(hasRoom) && this.pool.enis.length < limits.enis) this.#attach(subnets.pods, now, 0);
    const eni = this.pool.enis.find(hasRoom) ?? this.pool.enis.findLast(isUsable) ?? this.pool.enis.at(-1);
    if (eni === undefined) return;
    const prefix = prefixDelegation ? networkOf({ address, length: PREFIX_LENGTH }) : hostPrefix(address);
    (eni.primary ? subnets.node : subnets.pods).hold(prefix);
    this.pool.setCidrs(eni.id, [...eni.cidrs, new EniCidr(prefix)]);
    this.pool.adopt(owner, address, now);
  }

  /**
   * Does what ipamd does every few seconds until there is nothing left to do.
   *
   * @param now in seconds.
   */
  settle(now: number): void {
    let more = true;
    while (more) more = this.step(now);
    this.#started = true;
  }

  /** One round of looking after the pool. @returns whether anything changed. */
  step(now: number): boolean {
    const { targets, maxPods } = this.#config;
    const stats = this.pool.stats(now);
    let changed = false;
    if (stats.total < maxPods && isTooLow(targets, this.#capacity, stats)) changed = this.#increase(now);
    else changed = this.#decrease(now);
    if (mayRemoveEni(targets, this.#capacity, this.pool.stats(now))) changed = this.#removeEni(now) || changed;
    return changed;
  }

  #increase(now: number): boolean {
    const { targets, customNetworking, limits } = this.#config;
    const { perEni } = this.#capacity;
    // On a node that has just come up, an interface is filled, and what is over the targets is given back again: so the 2 and 3
    // addresses of docs/eni-and-ip-target.md come about, where a minimum of 5 takes two interfaces of 3.
    const count = this.#started ? wanted(targets, this.#capacity, this.pool.stats(now)) : this.#firstFill(now);
    const roomy = this.pool.enis.find((eni) => eni.cidrs.length < perEni && !(customNetworking && eni.primary));
    if (roomy) return this.#extend(roomy, Math.min(perEni - roomy.cidrs.length, count));
    if (this.pool.enis.length >= limits.enis) return false;
    return this.#attach(this.#config.subnets.pods, now, Math.min(count, perEni));
  }

  #firstFill(now: number): number {
    const count = wanted(this.#config.targets, this.#capacity, this.pool.stats(now));
    return this.#capacity.prefixDelegation ? count : this.#capacity.perEni;
  }

  #attach(subnet: VpcSubnet, now: number, count: number, given?: IpAddress): boolean {
    const address = given ?? subnet.takeAddress();
    if (address === undefined) return false;
    const id = `eni-${this.#attached++}`;
    const deviceNumber = this.pool.enis.reduce((highest, eni) => Math.max(highest, eni.deviceNumber + 1), 0);
    this.pool.attach({ id, deviceNumber, primary: deviceNumber === 0, address, attachedAt: now, cidrs: [] });
    const eni = this.pool.enis.at(-1);
    if (eni === undefined || count === 0 || this.#extend(eni, count)) return true;
    // CreateNetworkInterface: InsufficientFreeAddressesInSubnet
    this.pool.detach(id);
    subnet.release(hostPrefix(address));
    return false;
  }

  /** Adds as many addresses or prefixes as the subnet still has. */
  #extend(eni: Eni, count: number): boolean {
    const subnet = eni.primary ? this.#config.subnets.node : this.#config.subnets.pods;
    const added: EniCidr[] = [];
    while (added.length < count) {
      const prefix = this.#take(subnet);
      if (prefix === undefined) break;
      added.push(new EniCidr(prefix));
    }
    this.pool.setCidrs(eni.id, [...eni.cidrs, ...added]);
    return added.length > 0;
  }

  #take(subnet: VpcSubnet): IpPrefix | undefined {
    if (this.#capacity.prefixDelegation) return subnet.takePrefix();
    const address: IpAddress | undefined = subnet.takeAddress();
    return address && hostPrefix(address);
  }

  /** Gives back what nobody uses and no target asks for, of the first interface that has any. */
  #decrease(now: number): boolean {
    let over = overBy(this.#config.targets, this.#capacity, this.pool.stats(now));
    if (over === 0 || (this.#started && now - this.#decreasedAt <= DECREASE_INTERVAL)) return false;
    let changed = false;
    for (const eni of this.pool.enis) {
      const freeable = eni.cidrs.filter((cidr) => cidr.assigned === 0 && cidr.cooling(now, this.pool.cooldown) === 0);
      const freed = new Set(freeable.slice(Math.max(0, freeable.length - over)));
      if (freed.size === 0) continue;
      this.#release(eni, freed);
      over -= freed.size;
      changed = true;
      if (over <= 0) break;
    }
    if (changed) this.#decreasedAt = now;
    return changed;
  }

  #removeEni(now: number): boolean {
    const eni = this.pool.deletable(now, (others) => fallShort(this.#config.targets, this.#capacity, others));
    if (eni === undefined) return false;
    this.#release(eni, new Set(eni.cidrs));
    if (eni.address !== undefined) this.#config.subnets.pods.release(hostPrefix(eni.address));
    this.pool.detach(eni.id);
    return true;
  }

  #release(eni: Eni, freed: ReadonlySet<EniCidr>): void {
    const subnet = eni.primary ? this.#config.subnets.node : this.#config.subnets.pods;
    for (const cidr of freed) subnet.release(cidr.prefix);
    this.pool.setCidrs(
      eni.id,
      eni.cidrs.filter((cidr) => !freed.has(cidr)),
    );
  }
}
