import type { EntryRef } from '../../../../datamodel/flow/step.ts';
import type { EndpointRoute, NatFrontend } from '../../../../datamodel/network/ebpfEndpoint.ts';
import type { Kernel } from '../../kernel.ts';

/** A frontend's own line; with an ordinal the line of one of its backends. */
export function frontendEntry({ id: netns }: Kernel, { id }: NatFrontend, ordinal?: number): EntryRef {
  return { netns, table: 'ebpf', id: ordinal === undefined ? `fe ${id}` : `fe ${id} ${ordinal}` };
}

export function routeEntry({ id: netns }: Kernel, { id }: EndpointRoute): EntryRef {
  return { netns, table: 'ebpf', id: `rt ${id}` };
}
