import { familyOf, type IpAddress, type IpFamily } from '../../../../wire/address.ts';
import type { IpamStore } from './ipamStore.ts';

/** The addresses of a handle, block by block, of one family if given. */
export function ipsByHandle(store: IpamStore, handle: string, family?: IpFamily): readonly IpAddress[] {
  return store
    .blocks()
    .flatMap((block) => [...block.inUse()])
    .filter(({ allocation }) => allocation.handle === handle)
    .map(({ address }) => address)
    .filter((address) => family === undefined || familyOf(address) === family);
}
