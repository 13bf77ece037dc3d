import type { EntryRef } from '../../../datamodel/flow/step.ts';
import type { CgroupHook, CgroupProgram } from '../../../datamodel/network/ebpf.ts';
import type { Kernel, SocketEnd } from '../kernel.ts';
import { chooseBackend, randomSlot } from './chooseBackend.ts';
import { connectTime } from './endpoint/connectTime.ts';
import { LbLookup } from './lbLookup.ts';
import type { SocketNote, SocketRefusal, SocketTranslation } from './socketTranslation.ts';

type Transport = 'tcp' | 'udp';
/**
 * What connect() or sendmsg() to `remote` is made of by the programs of the cgroup, before any route is looked up (Linux:
 * net/ipv4/af_inet.c, BPF_CGROUP_RUN_PROG_INET4_CONNECT; Cilium: bpf/bpf_sock.c, __sock4_xlate_fwd).
 *
 * @returns undefined when they leave it as it is.
 */
export function translateSocket(
  kernel: Kernel,
  hook: 'cgroup/connect4' | 'cgroup/sendmsg4',
  protocol: Transport,
  remote: SocketEnd,
): SocketTranslation | SocketRefusal | undefined {
  const program = programAt(kernel, hook);
  if (!program) return undefined;
  if (program.type === 'connectTime') return connectTime(kernel, program, protocol, remote);
  const lookup = new LbLookup(program.maps);
  const service = lookup.ofSocket({ ...remote, protocol }, program.hostNamespace);
  if (!service) return undefined;
  const before = endText(remote);
  const entry = (slot: number): EntryRef => ({ netns: kernel.id, table: 'ebpf', id: `${service.id} ${slot}` });
  const base = { type: 'program', attach: hook, name: program.name, service: service.id } as const;
  const refuse = (): SocketRefusal => {
    const note = 'the service has no backend: EHOSTUNREACH';
    const detail = {
      ...base,
      action: 'refuse',
      lookups: lookup.lookups,
      socket: { before, after: before },
      note,
    } as const;
    return { refused: { detail, entry: entry(0) }, error: 'EHOSTUNREACH' };
  };
  if (service.count === 0) return refuse();
  // Nobody shall take over a public address by naming it in a Service.
  if (service.flags.type === 'ExternalIPs' && lookup.identity(remote.address) !== 'host') return undefined;
  const flow = `${kernel.id} ${protocol}`;
  const chosen = chooseBackend(kernel, lookup, service, kernel.id, () => randomSlot(kernel, lookup, service, flow));
  if (!chosen) return refuse();
  const backend: SocketEnd = { address: chosen.address, port: chosen.port };
  const socket = { before, after: endText(backend) };
  const detail = { ...base, action: 'translate', lookups: lookup.lookups, socket } as const;
  const note = { detail, entry: entry(service.slots.indexOf(chosen.id) + 1) };
  return { asked: remote, backend, reverseNat: service.reverseNat, note };
}

/**
 * What a program is told that a translated socket's peer is: the address it asked for, unless the service is another by now
 * (__sock4_xlate_rev).
 */
export function calledByProgram(
  kernel: Kernel,
  hook: 'cgroup/recvmsg4' | 'cgroup/getpeername4',
  protocol: Transport,
  translation: SocketTranslation,
): SocketNote | undefined {
  const program = programAt(kernel, hook);
  if (program?.type !== 'socketLb') return undefined;
  const lookup = new LbLookup(program.maps);
  lookup.lookups++;
  const service = lookup.ofSocket({ ...translation.asked, protocol }, program.hostNamespace);
  if (service?.reverseNat !== translation.reverseNat || service.count === 0) return undefined;
  const socket = { before: endText(translation.backend), after: endText(translation.asked) };
  const { name } = program;
  const { lookups } = lookup;
  return {
    detail: { type: 'program', attach: hook, name, action: 'translate', lookups, service: service.id, socket },
    entry: { netns: kernel.id, table: 'ebpf', id: `${service.id} 0` },
  };
}

function programAt(kernel: Kernel, hook: CgroupHook): CgroupProgram | undefined {
  return kernel.config.ebpf?.cgroup.find((program) => program.hook === hook);
}

function endText({ address, port }: SocketEnd): string {
  return `${address}:${port}`;
}
