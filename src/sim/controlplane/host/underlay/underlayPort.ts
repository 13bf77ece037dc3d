/** Name of the switch's port that a node's or an outside host's cable is plugged into. */
export function underlayPort(host: string): string {
  return `u-${host}`;
}
