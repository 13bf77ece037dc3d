import type { Step } from '../../datamodel/flow/step.ts';
import type { Trace } from '../../datamodel/flow/trace.ts';
import type { NetnsId } from '../../datamodel/network/netnsId.ts';
import { type IpAddress, ipAddress } from '../../wire/address.ts';
import { dissect } from '../../wire/layers.ts';
import { called, type Names } from '../names.ts';

export type DropStep = Extract<Step, { type: 'drop' }>;

/** What a drop's own data, and the steps of its packet before it, say: all that advice may speak of. */
export interface Circumstances {
  readonly step: DropStep;
  readonly trace: Trace;
  readonly names: Names;
  /** The namespace that dropped it: `worker-01`, `the Pod frontend`. */
  readonly here: string;
  /** The device that the step names, else words for it. */
  readonly device: string;
  /** Bytes of the outermost IP packet, or of the frame where there is none. */
  readonly length: number;
  readonly source: IpAddress | undefined;
  readonly destination: IpAddress | undefined;
  /** The destination with its name, or words for it. */
  readonly target: string;
  readonly protocol: 'TCP' | 'UDP' | 'ICMP' | undefined;
  readonly sourcePort: string | undefined;
  readonly destinationPort: string | undefined;
}

export function circumstancesOf(step: DropStep, trace: Trace, names: Names): Circumstances {
  const layers = dissect(step.bytes, step.link).filter((layer) => layer.depth === 0 && !layer.quoted);
  const read = (path: string): string | undefined => {
    for (const layer of layers) {
      const field = layer.fields.find((each) => each.path === path);
      if (field) return field.value;
    }
    return undefined;
  };
  const source = read('ipv4.source');
  const destination = read('ipv4.destination');
  const transport = layers.find(({ protocol }) => protocol === 'TCP' || protocol === 'UDP' || protocol === 'ICMP');
  const protocol = transport?.protocol as Circumstances['protocol'];
  const port = (end: string): string | undefined =>
    protocol === 'TCP' || protocol === 'UDP'
      ? /^\d+/.exec(read(`${protocol.toLowerCase()}.${end}Port`) ?? '')?.[0]
      : undefined;
  return {
    step,
    trace,
    names,
    here: names.netns(step.netns),
    device: step.device ?? 'the device',
    length: layers.find((layer) => layer.protocol === 'IPv4')?.length ?? step.bytes.length,
    source: source === undefined ? undefined : ipAddress(source),
    destination: destination === undefined ? undefined : ipAddress(destination),
    target: destination === undefined ? 'the destination' : called(names, ipAddress(destination)),
    protocol,
    sourcePort: port('source'),
    destinationPort: port('destination'),
  };
}

/** The latest step of the packet in this namespace, before the drop, that is of the kind. */
export function before<T extends Step['type']>(
  { step, trace }: Circumstances,
  type: T,
): Extract<Step, { type: T }> | undefined {
  const steps = trace.hops.flatMap((hop) => hop.steps);
  return steps.findLast(
    (each): each is Extract<Step, { type: T }> => each.type === type && each.netns === step.netns && each.id < step.id,
  );
}

export function isPod(netns: NetnsId): boolean {
  return netns.startsWith('pod/');
}

/** `the Pod x` of an address that a Pod has. */
export function isPodAddress(names: Names, address: IpAddress | undefined): boolean {
  return address !== undefined && (names.address(address)?.startsWith('the Pod ') ?? false);
}

export function isServiceAddress(names: Names, address: IpAddress | undefined): boolean {
  return address !== undefined && (names.address(address)?.startsWith('the Service ') ?? false);
}
