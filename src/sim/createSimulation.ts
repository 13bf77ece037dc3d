import { err, ok, type Result } from '../base/result.ts';
import type { ClusterSettings, ManifestSource } from '../datamodel/cluster/command.ts';
import type { ManifestProblem } from '../datamodel/cluster/problem.ts';
import type { Flow } from '../datamodel/flow/flow.ts';
import { sampleSources } from '../manifests/sample.ts';
import { installPrinters } from '../print/printTool.ts';
import { TABLE_PRINTERS } from '../print/tablePrinters.ts';
import { MORE_DISSECTORS } from '../wire/dissect/moreDissectors.ts';
import { installDissectors } from '../wire/layers.ts';
import { changes } from './changes.ts';
import { underlayProblem } from './controlplane/host/underlay/providers.ts';
import { networkProvider } from './controlplane/network/providers.ts';
import { cuts } from './cuts.ts';
import { nodeFiles } from './files/nodeFiles.ts';
import { installModes } from './installModes.ts';
import { installAllNetworks } from './installNetworks.ts';
import { installAllUnderlays } from './installUnderlays.ts';
import { installLateParts } from './linux/installLateParts.ts';
import { operate } from './operate.ts';
import { type PrepareCluster, prepareCluster } from './prepareCluster.ts';
import { readdress } from './readdress.ts';
import { serviceCluster, serviceRequest } from './services/serviceCluster.ts';
import { shell } from './shell/shell.ts';
import { DEFAULT_SETTINGS, Simulation } from './simulation.ts';

/**
 * Builds the cluster that the manifests describe.
 *
 * @param prepare how they are read: as new objects, unless told otherwise.
 * @returns every problem when anything in them is wrong.
 */
export function createSimulation(
  sources: readonly ManifestSource[],
  settings: Partial<ClusterSettings> = {},
  prepare: PrepareCluster = prepareCluster,
): Result<Simulation, readonly ManifestProblem[]> {
  installAll();
  const problem = underlayProblem(settings);
  if (problem !== undefined) return err([{ source: 'underlay', message: problem }]);
  const prepared = prepare(sources, settings.seed ?? DEFAULT_SETTINGS.seed, settings.cni);
  const contradiction = prepared.ok ? networkProvider(prepared.value.cni).problem?.(settings) : undefined;
  if (contradiction !== undefined) return err([{ source: 'settings', message: contradiction }]);
  return prepared.ok
    ? ok(
        new Simulation(
          prepared.value,
          {
            prepare,
            operate,
            readdress,
            shell: () => shell,
            files: () => nodeFiles,
            cuts: () => cuts,
            changes: () => changes,
          },
          settings,
        ),
      )
    : err(prepared.error);
}

/** The cluster that the app opens on. */
export function openSample(): Simulation {
  const created = createSimulation(sampleSources());
  if (!created.ok) throw new Error(`The sample does not load: ${created.error[0]?.message ?? 'no reason given'}`);
  return created.value;
}

/** A cluster made for measuring: so many Services with so many endpoints each, asked by one of its Pods. */
export function openServices(
  services: number,
  endpoints: number,
  settings: Partial<ClusterSettings> = {},
): { readonly simulation: Simulation; readonly requestTo: (place: number) => Flow } {
  installAll();
  const parts = {
    prepare: prepareCluster,
    operate,
    readdress,
    shell: () => shell,
    files: () => nodeFiles,
    cuts: () => cuts,
    changes: () => changes,
  };
  const simulation = new Simulation(serviceCluster(services, endpoints), parts, settings);
  return { simulation, requestTo: serviceRequest };
}

/** Here nothing is waited for: everything is there from the beginning. */
function installAll(): void {
  installLateParts();
  installModes();
  installAllNetworks();
  installDissectors(MORE_DISSECTORS);
  installAllUnderlays();
  installPrinters(TABLE_PRINTERS);
}
