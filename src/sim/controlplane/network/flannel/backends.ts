import type { FlannelBackend } from '../../../../datamodel/kubernetes/networkConfig.ts';
import type { PlannedNodes } from '../../nodePlan.ts';
import type { RunningBackend, StartBackend } from './backend.ts';
import { hostGw } from './hostGw.ts';
import { vxlan } from './vxlan.ts';

const STARTS: { readonly [Type in FlannelBackend['type']]: StartBackend<Type> } = { vxlan, 'host-gw': hostGw };

export function startBackend<Type extends FlannelBackend['type']>(
  planned: PlannedNodes,
  config: Extract<FlannelBackend, { readonly type: Type }>,
  warnings: string[],
): RunningBackend {
  return STARTS[config.type as Type](planned, config, warnings);
}
