import { installEbpfAgent } from './controlplane/kubeproxy/ebpf/agent.ts';
import { agentPodPrograms, agentProxier } from './controlplane/kubeproxy/ebpf/ebpfProxier.ts';
import { installProgramRunner } from './linux/ebpf/programs.ts';
import { runDevicePrograms } from './linux/ebpf/runDevicePrograms.ts';
import { calledByProgram, translateSocket } from './linux/ebpf/socketLb.ts';

/** Brings what writes eBPF's maps and what runs its programs; a page that opens on kube-proxy does without. */
export function installEbpf(): void {
  installEbpfAgent({ proxier: agentProxier, podPrograms: agentPodPrograms });
  installProgramRunner({ runDevicePrograms, translateSocket, calledByProgram });
}
