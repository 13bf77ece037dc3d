import type { FlannelBackend } from '../../../../datamodel/kubernetes/networkConfig.ts';
import type { PlannedNodes } from '../../nodePlan.ts';
import type { RunningBackend, StartBackend } from './backend.ts';
import { hostGw } from './hostGw.ts';
import { vxlan } from './vxlan.ts';

type Starts = { readonly [Type in FlannelBackend['type']]: StartBackend<Type> };

let starts: Partial<Starts> = { vxlan, 'host-gw': hostGw };

/** To be called before the first cluster with a backend that a page need not open on. */
export function installBackends(more: Partial<Starts>): void {
  starts = { ...starts, ...more };
}

/** @throws Error when the backend has not been loaded. */
export function startBackend<Type extends FlannelBackend['type']>(
  planned: PlannedNodes,
  config: Extract<FlannelBackend, { readonly type: Type }>,
  warnings: string[],
): RunningBackend {
  const start: Starts[Type] | undefined = starts[config.type as Type];
  if (start === undefined) throw new Error(`flanneld cannot run with ${config.type} before that has been loaded`);
  return start(planned, config, warnings);
}
