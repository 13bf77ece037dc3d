import { dissectHttp } from './dissect/http.ts';
import { dissectIpv4 } from './dissect/ipv4.ts';
import type { Dissected, Dissector, Layer, LayerProtocol, Part, Pending } from './dissect/layer.ts';
import { byteCount, makeLayer, printable } from './dissect/layer.ts';
import { dissectEthernet } from './dissect/link.ts';
import { dissectTcp, dissectUdp } from './dissect/transport.ts';
import { dissectVxlan } from './dissect/vxlan.ts';
import { WireError } from './wireError.ts';

export type { Layer, LayerField, LayerProtocol } from './dissect/layer.ts';

const dissectors: { -readonly [Protocol in LayerProtocol]?: Dissector } = {
  Ethernet: dissectEthernet,
  IPv4: dissectIpv4,
  UDP: dissectUdp,
  TCP: dissectTcp,
  VXLAN: dissectVxlan,
  HTTP: dissectHttp,
};

/** To be called before the first packet of a protocol that a page need not open on: until then it is data. */
export function installDissectors(more: Iterable<readonly [LayerProtocol, Dissector]>): void {
  for (const [protocol, dissector] of more) dissectors[protocol] = dissector;
}

/**
 * Takes a frame or packet apart, outermost layer first, down to the application.
 *
 * The headers of the layers follow each other without gap or overlap and cover all of `bytes`. Never throws: what cannot
 * be read is a Data layer whose note says why.
 */
export function dissect(bytes: Uint8Array, link: 'ethernet' | 'ip'): Layer[] {
  const layers: Layer[] = [];
  const whole: Part = { bytes, offset: 0, end: bytes.length, depth: 0, quoted: false, cut: false };
  // A stack instead of recursion: tunnels in tunnels nest as deep as bytes last.
  const stack: Pending[] = [{ protocol: link === 'ethernet' ? 'Ethernet' : 'IPv4', part: whole }];
  for (let pending = stack.pop(); pending; pending = stack.pop()) {
    if (pending.part.offset >= pending.part.end) continue;
    const { layer, rest } = dissectPart(pending);
    layers.push(layer);
    stack.push(...rest.toReversed());
  }
  return layers;
}

function dissectPart(pending: Pending): Dissected {
  const dissector = dissectors[pending.protocol];
  if (!dissector) return dataLayer(pending.part, pending.note);
  try {
    return dissector(pending.part);
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    const kind = pending.part.cut ? 'cut' : 'malformed';
    return dataLayer(pending.part, `${kind} ${pending.protocol}: ${error.reason}`);
  }
}

function dataLayer(part: Part, note: string | undefined): Dissected {
  const { bytes, offset, end } = part;
  const length = end - offset;
  const fields = [{ name: 'Bytes', offset, length, value: printable(bytes, offset, end), path: 'data.bytes' }];
  return { layer: makeLayer('Data', part, { headerLength: length, end }, byteCount(length), fields, note), rest: [] };
}
