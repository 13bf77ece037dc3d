import type { NftCtState, NftSet, NftTable } from '../../../../datamodel/network/nftables.ts';
import type { IpAddress } from '../../../../wire/address.ts';
import type { Kernel } from '../../kernel.ts';
import { addressIn, type Packet } from '../packet.ts';
import { SECOND } from '../timeouts.ts';
import { tupleKey, tupleOf } from '../tuple.ts';
import { dynamicList } from './dynamicList.ts';
import { drawVerdict } from './numgen.ts';
import type { NftSubject } from './subject.ts';

/** A packet in a kernel, for the rules of one of its tables. */
export function kernelSubject(packet: Packet, table: NftTable): NftSubject {
  const { kernel, skb } = packet;
  return {
    source: addressIn(packet, 'source'),
    destination: addressIn(packet, 'destination'),
    protocol: packet.protocol,
    ports: packet.ports,
    inputDevice: packet.inputDevice,
    outputDevice: packet.outputDevice,
    ctState: (skb.meta.connectionState ?? 'INVALID').toLowerCase() as NftCtState,
    get mark() {
      return skb.meta.mark;
    },
    set mark(value) {
      skb.meta.mark = value;
    },
    addressType: (address) => kernel.fib.addressType(address),
    remembers: (set, key) => isFresh(kernel, listOf(kernel, table, set).get(key as IpAddress), set),
    remember: (set, key) => {
      listOf(kernel, table, set).set(key as IpAddress, kernel.world.queue.now);
    },
    draw: (rule, verdicts) => {
      const tuple = skb.meta.connection?.original ?? tupleOf(skb.bytes, skb.networkOffset);
      return drawVerdict(kernel, table, rule, verdicts, tuple === undefined ? '' : tupleKey(tuple));
    },
  };
}

/** The elements that rules have added to a dynamic set, with the time at which each was last renewed. */
function listOf(kernel: Kernel, table: NftTable, set: NftSet): Map<IpAddress, number> {
  const name = dynamicList(table, set);
  const list = kernel.recent.get(name) ?? new Map<IpAddress, number>();
  kernel.recent.set(name, list);
  return list;
}

function isFresh(kernel: Kernel, renewed: number | undefined, { dynamic }: NftSet): boolean {
  return renewed !== undefined && kernel.world.queue.now < renewed + (dynamic?.timeout ?? 0) * SECOND;
}
