import type { CniBackend } from '../datamodel/cluster/command.ts';
import type { NetworkConfig } from '../datamodel/kubernetes/networkConfig.ts';
import { listProblem } from './controlplane/network/lists/directories.ts';
import type { NetworkLists } from './controlplane/network/lists/networkLists.ts';
import type { NetworkHistory } from './controlplane/network/networkHistory.ts';
import { configuredCni, isMissing, networkProvider } from './controlplane/network/providers.ts';

/** What was put over the network that a cluster was built with. */
interface Changed {
  readonly networkHistory?: NetworkHistory;
  readonly networkLists?: NetworkLists;
}

/** Which nodes' runtimes have no network configuration that they could load: all where no CNI is installed, else those whose file is broken. */
export function networkless(
  cni: CniBackend | undefined,
  { networkHistory, networkLists }: Changed = {},
): (network: NetworkConfig, node: string) => boolean {
  if (isMissing(cni)) return () => true;
  if (networkHistory !== undefined) return () => false;
  return (network, node) =>
    networkProvider(cni ?? configuredCni(network)).takesLists === true &&
    listProblem(network, networkLists, node) !== undefined;
}
