import { type IpAddress, parseIpAddress } from '../../../../wire/address.ts';
import type { CniNode } from '../node/cniNode.ts';

const DATA_DIR = '/var/lib/cni/networks';
const LAST_RESERVED = 'last_reserved_ip.';

/** host-local's store: a file an address, named after it, that says who has it (backend/disk/backend.go). */
export class AddressFiles {
  readonly #node: CniNode;
  readonly #directory: string;

  constructor(node: CniNode, { name, dataDir }: { readonly name: string; readonly dataDir: string }) {
    this.#node = node;
    this.#directory = `${(dataDir || DATA_DIR).replace(/\/+$/, '')}/${name}`;
    const lock = this.#path('lock');
    if (!node.files.has(lock)) node.files.set(lock, '');
  }

  /** @returns false when somebody has it already. */
  reserve(containerId: string, ifName: string, address: IpAddress, rangeIndex: number): boolean {
    const path = this.#path(address);
    if (this.#node.files.has(path)) return false;
    this.#node.files.set(path, holder(containerId, ifName));
    this.#node.files.set(this.#path(`${LAST_RESERVED}${rangeIndex}`), address);
    return true;
  }

  lastReserved(rangeIndex: number): IpAddress | undefined {
    return parseIpAddress(this.#node.files.get(this.#path(`${LAST_RESERVED}${rangeIndex}`)) ?? '');
  }

  /** Gives back whatever an interface of a container has, or, from before interfaces were told apart, the container. */
  release(containerId: string, ifName: string): void {
    const own = this.#held(holder(containerId, ifName));
    for (const path of own.length > 0 ? own : this.#held(containerId)) this.#node.files.delete(path);
  }

  holds(containerId: string, ifName: string): boolean {
    return this.#held(holder(containerId, ifName)).length > 0 || this.#held(containerId).length > 0;
  }

  addressesOf(containerId: string, ifName: string): readonly IpAddress[] {
    return [...this.#held(holder(containerId, ifName)), ...this.#held(containerId)].flatMap((path) => {
      const address = parseIpAddress(path.slice(this.#directory.length + 1));
      return address === undefined ? [] : [address];
    });
  }

  #held(text: string): readonly string[] {
    return this.#node.filesBelow(this.#directory).flatMap(([path, held]) => (held.trim() === text ? [path] : []));
  }

  #path(name: string): string {
    return `${this.#directory}/${name}`;
  }
}

function holder(containerId: string, ifName: string): string {
  return `${containerId.trim()}\r\n${ifName}`;
}
