import { interfacesOf } from '../print/captureInterfaces.ts';
import type { Simulation } from '../sim/simulation.ts';
import { UsageError } from './usageError.ts';

/** How `--interface` is written, and what it does, for the help texts. */
export const INTERFACE_FLAGS = '--interface <NETNS/DEV>';
export const INTERFACE_HELP =
  'with -o pcapng: capture at this device only; repeatable. NETNS is a Pod’s or node’s name, NAMESPACE/NAME or an outside ' +
  'host’s address';

/**
 * The names that the captures use for the interfaces that were asked for; undefined when none was.
 *
 * @throws UsageError with the devices there are when one of them is not.
 */
export function readInterfaces(simulation: Simulation, asked: readonly string[]): readonly string[] | undefined {
  if (asked.length === 0) return undefined;
  const known = interfacesOf(simulation.cluster());
  return asked.map((text) => {
    const exact = known.find(({ name }) => name === text);
    if (exact) return exact.name;
    const cut = text.lastIndexOf('/');
    if (cut <= 0)
      throw new UsageError(`--interface ${text}: expected NETNS/DEV, as in ${known[0]?.name ?? 'node/x/eth0'}`);
    const netns = simulation.namespace(text.slice(0, cut));
    if (!netns.ok) throw new UsageError(`--interface ${text}: ${netns.error}`, 1);
    const devices = known.filter((each) => each.netns === netns.value);
    const found = devices.find(({ device }) => device === text.slice(cut + 1));
    if (!found) {
      const there = devices.map(({ device }) => device).join(', ');
      throw new UsageError(`--interface ${text}: ${netns.value} has no such device: it has ${there}`, 1);
    }
    return found.name;
  });
}
