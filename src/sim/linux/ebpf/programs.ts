import type { DeviceHook } from '../../../datamodel/network/ebpf.ts';
import type { Link } from '../../../datamodel/network/link.ts';
import type { Kernel, SocketEnd } from '../kernel.ts';
import type { Skb } from '../skb.ts';
import type { Verdict } from './programRun.ts';
import type { SocketNote, SocketRefusal, SocketTranslation } from './socketTranslation.ts';

/** What runs eBPF programs: much that a kernel without any need not have. */
export interface ProgramRunner {
  runDevicePrograms(kernel: Kernel, skb: Skb, link: Link, hook: DeviceHook): Verdict;
  translateSocket(
    kernel: Kernel,
    hook: 'cgroup/connect4' | 'cgroup/sendmsg4',
    protocol: 'tcp' | 'udp',
    remote: SocketEnd,
  ): SocketTranslation | SocketRefusal | undefined;
  calledByProgram(
    kernel: Kernel,
    hook: 'cgroup/recvmsg4' | 'cgroup/getpeername4',
    protocol: 'tcp' | 'udp',
    translation: SocketTranslation,
  ): SocketNote | undefined;
}

let installed: ProgramRunner | undefined;

/** To be called before the first packet of a cluster whose kernels have programs. */
export function installProgramRunner(runner: ProgramRunner): void {
  installed = runner;
}

function runnerOf(kernel: Kernel): ProgramRunner | undefined {
  if (!kernel.config.ebpf) return undefined;
  if (!installed) throw new Error('eBPF programs cannot be run before what runs them has been loaded');
  return installed;
}

/** Runs what is attached to a device's ingress or egress. @param skb a whole frame. */
export function runDevicePrograms(kernel: Kernel, skb: Skb, link: Link, hook: DeviceHook): Verdict {
  return runnerOf(kernel)?.runDevicePrograms(kernel, skb, link, hook) ?? 'ok';
}

/** What programs of the cgroup make of a call's destination. @returns undefined when they leave it as it is. */
export function translateSocket(
  kernel: Kernel,
  ...call: Parameters<ProgramRunner['translateSocket']> extends [Kernel, ...infer Rest] ? Rest : never
): SocketTranslation | SocketRefusal | undefined {
  return runnerOf(kernel)?.translateSocket(kernel, ...call);
}

/** Who a process is told that its socket's peer is, where a program has a word in it. */
export function calledByProgram(
  kernel: Kernel,
  ...call: Parameters<ProgramRunner['calledByProgram']> extends [Kernel, ...infer Rest] ? Rest : never
): SocketNote | undefined {
  return runnerOf(kernel)?.calledByProgram(kernel, ...call);
}
