import type { Layer, LayerField } from '../../wire/layers.ts';
import type { Rewritten } from './changes.ts';

/** A stretch of a layer's one line; `was` is what stood there when the packet came into the namespace. */
export interface Part {
  readonly text: string;
  readonly was?: string;
  readonly isNat?: boolean;
  /** In full, where `text` is cut. */
  readonly whole?: string;
}

/** The headers' essentials in one line, addresses first; what was rewritten is told with what it was. */
export function summaryOf(layer: Layer, rewritten: ReadonlyMap<LayerField, Rewritten>): readonly Part[] {
  const find = (path: string): LayerField | undefined => layer.fields.find((field) => field.path === path);
  const part = (path: string, cut?: (value: string) => string): Part => {
    const field = find(path);
    const value = field?.value ?? '';
    const change = field && rewritten.get(field);
    const text = cut ? cut(value) : value;
    return {
      text,
      ...(change && { was: cut ? cut(change.was) : change.was, isNat: change.isNat }),
      ...(text !== value && { whole: value }),
    };
  };
  const arrow: Part = { text: '→' };
  switch (layer.protocol) {
    case 'Ethernet':
      return [part('ethernet.source', cutMac), arrow, part('ethernet.destination', cutMac)];
    case 'IPv4': {
      const ttl = find('ipv4.ttl');
      const change = ttl && rewritten.get(ttl);
      return [
        part('ipv4.source'),
        arrow,
        part('ipv4.destination'),
        { text: '· ttl' },
        { text: ttl?.value ?? '', ...(change && { was: change.was, isNat: false }) },
      ];
    }
    case 'TCP':
      return [part('tcp.sourcePort'), arrow, part('tcp.destinationPort'), { text: find('tcp.flags')?.value ?? '' }];
    case 'UDP':
      return [part('udp.sourcePort'), arrow, part('udp.destinationPort')];
    default:
      return [{ text: layer.summary }];
  }
}

/** The end of a MAC tells devices of one maker apart: `…:00:01:0b`. */
function cutMac(mac: string): string {
  if (/broadcast/.test(mac)) return 'broadcast';
  return mac.length === 17 ? `…${mac.slice(8)}` : mac;
}
