import { assertUnreachable } from '../../../base/assertUnreachable.ts';
import type { DeviceHook, DeviceProgram, Programs } from '../../../datamodel/network/ebpf.ts';
import type { Link } from '../../../datamodel/network/link.ts';
import { EthernetView, EtherType } from '../../../wire/ethernet.ts';
import type { Kernel } from '../kernel.ts';
import type { Skb } from '../skb.ts';
import { datapath } from './datapath.ts';
import { endpointProgram } from './endpoint/endpointProgram.ts';
import { LbLookup } from './lbLookup.ts';
import { masquerade } from './masquerade.ts';
import { nodePortEgress } from './nodePortEgress.ts';
import { nodePortIngress } from './nodePortIngress.ts';
import { fromPod, toPod } from './perPacket.ts';
import type { ProgramRun, Verdict } from './programRun.ts';

const attached = new WeakMap<Programs, ReadonlyMap<string, readonly DeviceProgram[]>>();

/**
 * Runs what is attached to a device's clsact qdisc: at ingress after tcpdump has seen the frame, at egress before (Linux:
 * net/core/dev.c, sch_handle_ingress and sch_handle_egress).
 *
 * @param skb a whole frame.
 */
export function runDevicePrograms(kernel: Kernel, skb: Skb, link: Link, hook: DeviceHook): Verdict {
  const { ebpf } = kernel.config;
  if (!ebpf || !isIpv4(skb)) return 'ok';
  for (const program of programsOf(ebpf).get(`${link.name} ${hook}`) ?? []) {
    const run: ProgramRun = { kernel, skb, link, program, lookup: new LbLookup(program.maps) };
    if (runProgram(run) === 'taken') return 'taken';
  }
  return 'ok';
}

/** A device whose frames have no Ethernet header carries nothing else. */
function isIpv4(skb: Skb): boolean {
  return skb.link === 'ip' || new EthernetView(skb.bytes).etherType === EtherType.ipv4;
}

function runProgram(run: ProgramRun): Verdict {
  const { program } = run;
  const ingress = program.hook === 'tc ingress';
  switch (program.type) {
    case 'nodePort':
      if (ingress) return nodePortIngress(run, program.nodePort);
      nodePortEgress(run);
      return masquerade(run, program.nodePort);
    case 'perPacket':
      // A Pod's ingress is the way out of it: the device is the node's end of its cable.
      return ingress ? fromPod(run, program.loopback) : toPod(run);
    case 'datapath':
      return datapath(run, program.role, program.paths);
    case 'endpoint':
      return endpointProgram(run, program.role, program.paths);
    default:
      return assertUnreachable(program);
  }
}

function programsOf(ebpf: Programs): ReadonlyMap<string, readonly DeviceProgram[]> {
  const known = attached.get(ebpf);
  if (known) return known;
  const byDevice = new Map<string, DeviceProgram[]>();
  for (const program of ebpf.devices) {
    const key = `${program.device} ${program.hook}`;
    byDevice.set(key, [...(byDevice.get(key) ?? []), program]);
  }
  attached.set(ebpf, byDevice);
  return byDevice;
}
