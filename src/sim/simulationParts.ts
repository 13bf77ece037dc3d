import type { Changes } from './changes.ts';
import type { Cuts } from './cuts.ts';
import type { NodeFiles } from './files/nodeFiles.ts';
import type { Operate } from './operate.ts';
import type { PrepareCluster } from './prepareCluster.ts';
import type { Readdress } from './readdress.ts';
import type { Shell } from './shell/shell.ts';

/** What a simulation does not need before it is asked: a page can open before it has loaded them. */
export interface SimulationParts {
  readonly prepare: PrepareCluster;
  readonly operate: Operate;
  readonly readdress: Readdress;
  /** Command lines are read by it; asked for when the first one comes. */
  readonly shell: () => Shell;
  /** Asked for when the first change comes, or the first question what one would do. */
  readonly changes: () => Changes;
  /** Files of nodes; asked for when the first one is read or written. */
  readonly files: () => NodeFiles;
  /** Asked for when the first cut comes, or when a command may have been one. */
  readonly cuts: () => Cuts;
}
