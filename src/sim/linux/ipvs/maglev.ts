import { keptWith } from '../../../base/kept.ts';
import type { RealServer } from '../../../datamodel/network/ipvs.ts';
import type { IpAddress } from '../../../wire/address.ts';
import { foldAddress } from './addressHash.ts';
import { hsiphash } from './hsiphash.ts';

/** Places of the table: primes[CONFIG_IP_VS_MH_TAB_INDEX − 8], of which 12 is the default. */
export const MAGLEV_PLACES = 4093;
const TABLE_BITS = 6;
/** The kernel draws nothing here: the keys are the same on every machine (generate_hash_secret). */
const PLACE_KEY = [2654435761n, 2654435761n] as const;
const SKIP_KEY = [2654446892n, 2654446892n] as const;

/**
 * The scheduler mh's table (ip_vs_mh.c): every server takes its next favourite place that is still free, as often in a row as
 * its weight says. One that was drained keeps its places, where nobody is served meanwhile.
 * @returns undefined where no server has ever had a weight.
 */
export const maglevTable = keptWith((servers: readonly RealServer[]): readonly RealServer[] | undefined => {
  const dealt = servers.map((server) => ({ server, weight: lastWeight(server) })).filter(({ weight }) => weight > 0);
  const divisor = dealt.reduce((common, { weight }) => greatestDivisor(weight, common), 0);
  if (divisor === 0) return undefined;
  const most = Math.max(...dealt.map(({ weight }) => weight));
  const shift = Math.max(0, bitLength(Math.floor(most / divisor)) - TABLE_BITS);
  const takers = dealt.map(({ server, weight }) => ({
    server,
    place: hashEnd(server, PLACE_KEY) % MAGLEV_PLACES,
    skip: (hashEnd(server, SKIP_KEY) % (MAGLEV_PLACES - 1)) + 1,
    turns: Math.floor(weight / divisor) >> shift || 1,
  }));
  const table = new Array<RealServer | undefined>(MAGLEV_PLACES).fill(undefined);
  let free = MAGLEV_PLACES;
  while (free > 0) {
    for (const taker of takers) {
      for (let turn = 0; turn < taker.turns && free > 0; turn++, free--) {
        while (table[taker.place] !== undefined) taker.place = (taker.place + taker.skip) % MAGLEV_PLACES;
        table[taker.place] = taker.server;
      }
    }
  }
  return table as RealServer[];
});

/** Where a client's connections fall; kube-proxy has the port hashed as well (mh-port). */
export function maglevPlace(address: IpAddress, port: number): number {
  return hashEnd({ address, port }, PLACE_KEY) % MAGLEV_PLACES;
}

function hashEnd(
  { address, port }: { readonly address: IpAddress; readonly port: number },
  key: readonly [bigint, bigint],
): number {
  return hsiphash((foldAddress(address) + port) >>> 0, key);
}

function lastWeight({ weight, lastWeight = weight }: RealServer): number {
  return lastWeight;
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b);
}

/** fls */
function bitLength(value: number): number {
  return 32 - Math.clz32(value);
}
