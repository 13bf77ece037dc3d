import type { LayerField } from '../../wire/layers.ts';

/** Names a field among all layers of a packet. */
export function fieldKey(field: LayerField): string {
  return `${field.offset} ${field.path}`;
}
