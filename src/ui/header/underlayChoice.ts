import { err, ok, type Result } from '../../base/result.ts';
import type { UnderlayOptions } from '../../datamodel/cluster/underlay.ts';
import type { ClusterView } from '../../datamodel/cluster/view.ts';

export type NicMtu = 'auto' | 1500 | 9001 | 'other';

/** What a person has chosen among the options of an underlay. */
export interface UnderlayChoice {
  readonly nic: NicMtu;
  /** As typed; of `other` alone. */
  readonly bytes: string;
  readonly passes: readonly string[];
  readonly checks: boolean;
}

/** RFC 791: every link carries 68 bytes; no Ethernet frame is longer than an IP packet can be. */
const LEAST = 68;
const MOST = 65_535;

/** The options of the underlay in force, others of those that do not concern it left as they are. */
export function optionsOf(
  { underlay, settings }: Pick<ClusterView, 'underlay' | 'settings'>,
  { nic, bytes, passes, checks }: UnderlayChoice,
): Result<UnderlayOptions, string> {
  const { mtu: _, sourceDestinationCheck, passes: passed, ...rest } = settings.underlayOptions ?? {};
  const typed = /^\d{1,6}$/.test(bytes.trim()) ? Number(bytes) : Number.NaN;
  if (nic === 'other' && !(typed >= LEAST && typed <= MOST)) return err(`Expected ${LEAST} to ${MOST} bytes`);
  const mtu = nic === 'other' ? typed : nic;
  const isChecked = underlay.name === 'cloud-vpc' ? checks : sourceDestinationCheck;
  const allowed = underlay.name === 'filtered' ? passes : passed;
  return ok({
    ...rest,
    ...(mtu !== 'auto' && { mtu }),
    ...(isChecked === false && { sourceDestinationCheck: false }),
    ...(allowed && !isUsual(allowed) && { passes: allowed }),
  });
}

export function isSameOptions(a: UnderlayOptions | undefined = {}, b: UnderlayOptions): boolean {
  const told = ({ mtu, sourceDestinationCheck, passes }: UnderlayOptions): string =>
    JSON.stringify([mtu, sourceDestinationCheck, passes]);
  return told(a) === told(b);
}

/** What a filtered network lets through that nobody told otherwise. */
const USUAL: readonly string[] = ['tcp', 'icmp', 'udp/53'];

function isUsual(passes: readonly string[]): boolean {
  return passes.length === USUAL.length && USUAL.every((each) => passes.includes(each));
}
