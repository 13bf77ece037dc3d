import type { Link } from '../../../datamodel/network/link.ts';
import { EthernetView, isMulticastMac } from '../../../wire/ethernet.ts';
import { arrive, toProtocol } from '../device/arrive.ts';
import { headFor } from '../device/direction.ts';
import { dropPacket } from '../device/drop.ts';
import { forwardable } from '../device/forwardable.ts';
import type { Kernel } from '../kernel.ts';
import type { StepPlace } from '../recorder.ts';
import type { Skb } from '../skb.ts';
import { learnFdb, lookUpFdb } from './fdb.ts';
import { bridgeForwardHooks } from './forwardHooks.ts';
import { mayLeaveBy } from './mayLeaveBy.ts';
import { type PortLink, portsOf } from './ports.ts';

/** Decides where a frame that came in by `port` goes (Linux: net/bridge/br_input.c, br_handle_frame_finish). */
export function handleFrame(kernel: Kernel, skb: Skb, port: Link, bridge: Link): void {
  const { source, destination } = new EthernetView(skb.bytes);
  if (port.port?.learning) learnFdb(kernel, bridge, port, source);
  if (isMulticastMac(destination)) {
    flood(kernel, skb, bridge, port, true);
    return;
  }
  const found = lookUpFdb(kernel, bridge, destination);
  if (found === undefined) flood(kernel, skb, bridge, port, false);
  else if (found.type === 'local') {
    decide(kernel, skb, bridge, port, 'up', [bridge.name], { entry: found.entry });
    passUp(kernel, skb, bridge);
  } else bridgeForward(kernel, skb, bridge, port, found.port, { entry: found.entry });
}

/** Sends a frame out of the one port its destination is behind. `input` absent: the host itself sends it. */
export function bridgeForward(
  kernel: Kernel,
  skb: Skb,
  bridge: Link,
  input: Link | undefined,
  output: PortLink,
  place: StepPlace,
): void {
  if (mayLeaveBy(kernel, output, input)) {
    decide(kernel, skb, bridge, input, 'forward', [output.name], place);
    deliver(kernel, skb, bridge, output);
    return;
  }
  decide(kernel, skb, bridge, input, 'blocked', [output.name], place);
  const because =
    output.name === input?.name
      ? `The frame would have to leave by ${output.name}, by which it came in, and the port's hairpin flag is off`
      : `${output.name} has no carrier`;
  dropPacket(kernel, skb, 'NOT_SPECIFIED', because, { device: output.name });
}

/** Sends a copy out of every port but the one it came in by, and then up to the host if it is for all. */
export function flood(kernel: Kernel, skb: Skb, bridge: Link, input: Link | undefined, toHost: boolean): void {
  const { recorder } = kernel.world;
  const ports = portsOf(kernel, bridge.name).filter(
    (port) => mayLeaveBy(kernel, port, input) && (toHost || port.port.flood),
  );
  const up = toHost && input !== undefined;
  const names = [...ports.map((port) => port.name), ...(up ? [bridge.name] : [])];
  decide(kernel, skb, bridge, input, 'flood', names, {});
  if (names.length === 0) {
    const { destination } = new EthernetView(skb.bytes);
    dropPacket(kernel, skb, 'NO_TX_TARGET', `${bridge.name} has no other port to send ${destination} to`);
    return;
  }
  const alone = names.length === 1;
  const copies = names.map(() => (alone ? skb : copyOf(kernel, skb)));
  if (!alone) recorder.end(skb, { type: 'split', netns: kernel.id, into: copies.length });
  copies.forEach((copy, i) => {
    const port = ports[i];
    if (port) deliver(kernel, copy, bridge, port);
    else passUp(kernel, copy, bridge);
  });
}

function copyOf(kernel: Kernel, skb: Skb): Skb {
  const copy = skb.clone(kernel.world.recorder.beginCopy(skb));
  copy.meta.flooded = true;
  // Each copy leaves by another port, so that what br_netfilter notes about it is its own (Linux: nf_bridge_unshare).
  if (skb.meta.bridge) copy.meta.bridge = { ...skb.meta.bridge };
  return copy;
}

function deliver(kernel: Kernel, skb: Skb, bridge: Link, output: Link): void {
  headFor(kernel, skb, output);
  for (const frame of bridgeForwardHooks(kernel, skb, bridge, output)) {
    if (forwardable(frame, output)) kernel.stack.transmit(kernel, frame, output);
    else {
      const because = `The frame carries ${frame.bytes.length - frame.networkOffset} bytes, and ${output.name} has MTU ${output.mtu}; a bridge tells nobody`;
      dropPacket(kernel, frame, 'NOT_SPECIFIED', because, { device: output.name });
    }
  }
}

function passUp(kernel: Kernel, skb: Skb, bridge: Link): void {
  const { packetType } = skb.meta;
  const forAll = packetType === 'broadcast' || packetType === 'multicast';
  if (arrive(kernel, skb, bridge, forAll ? packetType : 'host')) toProtocol(kernel, skb, bridge);
}

function decide(
  kernel: Kernel,
  skb: Skb,
  bridge: Link,
  input: Link | undefined,
  decision: 'forward' | 'flood' | 'up' | 'blocked',
  ports: readonly string[],
  place: StepPlace,
): void {
  const { destination } = new EthernetView(skb.bytes);
  const detail = { type: 'bridge', bridge: bridge.name, decision, ports, destination } as const;
  kernel.world.recorder.step(
    kernel.id,
    skb,
    { ...detail, ...(input && { port: input.name }) },
    { device: input?.name ?? bridge.name, ...place },
  );
}
