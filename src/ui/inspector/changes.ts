import type { Step } from '../../datamodel/flow/step.ts';
import type { Trace } from '../../datamodel/flow/trace.ts';
import { dissect, type Layer, type LayerField } from '../../wire/layers.ts';

/** A header field that was rewritten since the packet came into the namespace. */
export interface Rewritten {
  readonly field: LayerField;
  readonly was: string;
  readonly is: string;
  /** An IP address or a port: what NAT rewrites. MACs, TTLs and checksums change at every hop. */
  readonly isNat: boolean;
}

const NAT_FIELD = /^(ipv4\.(source|destination)|(tcp|udp)\.(sourcePort|destinationPort))$/;

/** Fields rewritten in the step's hop, up to and with the step, by the field they are in the step's own layers. */
export function rewrittenIn(trace: Trace, step: Step, layers: readonly Layer[]): ReadonlyMap<LayerField, Rewritten> {
  const hop = trace.hops.find((each) => each.steps.some(({ id }) => id === step.id));
  const result = new Map<LayerField, Rewritten>();
  const innermost = depthOf(layers);
  for (const earlier of hop?.steps ?? []) {
    if (earlier.id > step.id) break;
    if (!earlier.changes || earlier.type === 'encapsulate' || earlier.type === 'decapsulate') continue;
    // the packet may have been wrapped or opened since: what was changed lies as far from its innermost packet as before
    const fromInside = depthOf(dissect(earlier.bytes, earlier.link));
    for (const change of earlier.changes) {
      const field = fieldAt(layers, innermost - fromInside, change.path);
      if (!field || !saysValue(field, change.to)) continue;
      const was = result.get(field)?.was ?? change.from;
      if (was === change.to) result.delete(field);
      else result.set(field, { field, was, is: change.to, isNat: NAT_FIELD.test(change.path) });
    }
  }
  return result;
}

function depthOf(layers: readonly Layer[]): number {
  return layers.reduce((deepest, layer) => Math.max(deepest, layer.quoted ? 0 : layer.depth), 0);
}

function fieldAt(layers: readonly Layer[], depth: number, path: string): LayerField | undefined {
  for (const layer of layers) {
    if (layer.depth !== depth || layer.quoted) continue;
    const field = layer.fields.find((each) => each.path === path);
    if (field) return field;
  }
  return undefined;
}

/** A field's text may go on after its value: `17 (UDP)`. */
function saysValue(field: LayerField, value: string): boolean {
  return field.value === value || field.value.startsWith(`${value} `);
}
